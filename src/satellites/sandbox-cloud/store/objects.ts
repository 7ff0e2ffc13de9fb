import { readdirSync } from "node:fs";
import { join } from "node:path";
import { hex } from "../wire/digest.ts";
import { hasCode, readWhole, removeFile, writeNew, writeWhole } from "./files.ts";
import type { CloudObject, ObjectKey } from "./record.ts";

/** A file or folder name for any text; long or odd ones end in a digest. */
function fileName(text: string): string {
  const safe = text
    .replaceAll(/[^A-Za-z0-9._@=-]/g, "_")
    .replace(/^\.+/, "_")
    .slice(0, 80);
  return safe === text ? safe : `${safe}~${hex(12, text)}`;
}

function names(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (hasCode(error, "ENOENT") || hasCode(error, "ENOTDIR")) return [];
    throw error;
  }
}

/** One JSON file per object: `objects/PROVIDER/ACCOUNT/REGION/TYPE/ID.json`. */
export class Objects {
  readonly #root: string;

  constructor(store: string) {
    this.#root = join(store, "objects");
  }

  #file(key: ObjectKey): string {
    return join(this.#root, fileName(key.provider), fileName(key.account), fileName(key.region), fileName(key.type), `${fileName(key.id)}.json`);
  }

  get(key: ObjectKey): CloudObject | undefined {
    const text = readWhole(this.#file(key));
    return text === undefined ? undefined : (JSON.parse(text) as CloudObject);
  }

  /** False when an object of that key is there already. */
  add(object: CloudObject): boolean {
    return writeNew(this.#file(object), JSON.stringify(object));
  }

  put(object: CloudObject): void {
    writeWhole(this.#file(object), JSON.stringify(object));
  }

  /** False when it was gone already. */
  remove(key: ObjectKey): boolean {
    return removeFile(this.#file(key));
  }

  /** Every object, or only those of a provider, an account, a region, a type. */
  *walk(only: Partial<ObjectKey> = {}): Generator<CloudObject> {
    yield* this.#walkFolder(this.#root, [only.provider, only.account, only.region, only.type]);
  }

  *#walkFolder(dir: string, wanted: readonly (string | undefined)[]): Generator<CloudObject> {
    const [first, ...rest] = wanted;
    if (wanted.length > 0) {
      const folders = first === undefined ? names(dir).sort() : [fileName(first)];
      for (const folder of folders) yield* this.#walkFolder(join(dir, folder), rest);
      return;
    }
    for (const name of names(dir).sort()) {
      const text = name.endsWith(".json") ? readWhole(join(dir, name)) : undefined;
      if (text !== undefined) yield JSON.parse(text) as CloudObject;
    }
  }
}
