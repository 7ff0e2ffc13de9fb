import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Members } from "./shape.ts";
import { bracesAfter, membersOf, withoutComments } from "./typeText.ts";
import type { DeclarationCache } from "./cache.ts";

/** Name of an interface (`ec2.InstanceRootBlockDevice`) → where its text is, in UTF-16 units. */
type Index = Readonly<Record<string, readonly [start: number, end: number]>>;

function buildIndex(text: string): Index {
  const index: Record<string, [number, number]> = {};
  const spaces: string[] = [];
  // Generated files indent by four: the depth of a line says which namespaces are open.
  const lines = /^( *)(?:export )?(?:declare )?(namespace|interface) (\w+)[^\n]*\{\s*$/gm;
  for (const match of text.matchAll(lines)) {
    const depth = Math.floor((match[1] ?? "").length / 4);
    spaces.length = Math.min(spaces.length, depth);
    const name = match[3] ?? "";
    if (match[2] === "namespace") spaces[depth] = name;
    else {
      const close = `\n${match[1] ?? ""}}`;
      const end = text.indexOf(close, match.index);
      index[[...spaces, name].join(".")] = [match.index, end < 0 ? text.length : end + close.length];
    }
  }
  return index;
}

/** The interfaces of one `types/*.d.ts`: megabytes, so indexed once and read one at a time. */
export class NestedTypes {
  readonly #file: string;
  readonly #cache: DeclarationCache;
  readonly #key: string;
  readonly #known = new Map<string, Members>();
  #index: Index | undefined;
  #text: string | undefined;

  constructor(packageDir: string, side: "input" | "output", cache: DeclarationCache) {
    this.#file = join(packageDir, "types", `${side}.d.ts`);
    this.#cache = cache;
    this.#key = `types-${side}`;
  }

  members(name: string): Members {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const members = this.#cache.remember(`${this.#key}/${name}`, () => this.#read(name));
    this.#known.set(name, members);
    return members;
  }

  #read(name: string): Members {
    const text = this.#source();
    const place = this.#indexed()[name];
    if (place === undefined) return {};
    const body = bracesAfter(withoutComments(text.slice(place[0], place[1])), 0);
    return body === undefined ? {} : membersOf(body);
  }

  #indexed(): Index {
    this.#index ??= this.#cache.remember(`${this.#key}-index`, () => buildIndex(this.#source()));
    return this.#index;
  }

  #source(): string {
    if (this.#text === undefined) {
      try {
        this.#text = readFileSync(this.#file, "utf8");
      } catch {
        this.#text = "";
      }
    }
    return this.#text;
  }
}
