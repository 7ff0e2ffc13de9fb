import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

const dayMs = 24 * 3_600_000;
const keptMs = 30 * dayMs;

/** What an evaluation depends on, besides the code that evaluates: the file, and every file that lies beside it in the materialised tree. */
export interface Ingredients {
  readonly file: string;
  /** Path → what it holds (blob id and kind). */
  readonly seen: ReadonlyMap<string, string>;
}

/**
 * Results of evaluations, kept between processes in the user's cache: an environment file is a pure function of its commit (it was evaluated twice to
 * see that), so that the same bytes need no process again. Only results are kept, no refusals: those must be found anew to be told with their place.
 * Nothing here ever fails a run: what cannot be read or written is evaluated.
 */
export class KeptEvaluations {
  readonly #folder: string;
  readonly #evaluator: Promise<string>;
  #pruned = false;

  /** `evaluator`: roots of all code that decides what a file evaluates to. */
  constructor(folder: string, evaluator: readonly string[]) {
    this.#folder = folder;
    this.#evaluator = identityOf(evaluator);
  }

  async find(ingredients: Ingredients): Promise<{ readonly data: unknown } | undefined> {
    try {
      const path = await this.#path(ingredients);
      const kept = JSON.parse(await readFile(path, "utf8")) as { readonly data: unknown };
      const now = Date.now();
      if (now - (await stat(path)).mtimeMs > dayMs) await utimes(path, now / 1000, now / 1000);
      return Object.hasOwn(kept, "data") ? { data: kept.data } : undefined;
    } catch {
      return undefined;
    }
  }

  async keep(ingredients: Ingredients, data: unknown): Promise<void> {
    try {
      const path = await this.#path(ingredients);
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const draft = `${path}.${randomUUID()}`;
      await writeFile(draft, JSON.stringify({ data }), { mode: 0o600 });
      await rename(draft, path);
      if (!this.#pruned) await this.#prune();
    } catch {
      // It is evaluated again the next time.
    }
  }

  async #path({ file, seen }: Ingredients): Promise<string> {
    const hash = createHash("sha256").update(JSON.stringify([await this.#evaluator, file, [...seen].sort(([one], [other]) => (one < other ? -1 : 1))]));
    const key = hash.digest("hex");
    return join(this.#folder, key.slice(0, 2), `${key}.json`);
  }

  /** What nobody asked for in a month is removed, one of the 256 folders per process. */
  async #prune(): Promise<void> {
    this.#pruned = true;
    const folder = join(this.#folder, randomUUID().slice(0, 2));
    for (const name of await readdir(folder).catch(() => [] as string[])) {
      const path = join(folder, name);
      if (Date.now() - (await stat(path)).mtimeMs > keptMs) await rm(path, { force: true });
    }
  }
}

/** One digest over all files at and below the roots, and over the Node that runs them. */
async function identityOf(roots: readonly string[]): Promise<string> {
  const hash = createHash("sha256").update(process.version);
  for (const root of roots) {
    const below = (await stat(root)).isFile() ? undefined : await readdir(root, { recursive: true, withFileTypes: true });
    const paths = below?.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)) ?? [root];
    for (const text of await Promise.all(paths.sort().map((path) => readFile(path)))) hash.update(`${text.length}\n`).update(text);
  }
  return hash.digest("hex");
}
