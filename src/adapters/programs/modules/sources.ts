import { parse } from "yaml";
import { Problem } from "../../../base/problem/index.ts";
import type { Tree } from "../port.ts";
import { isModule, nothingSaid, type ModuleFacts } from "./facts.ts";
import { scanModule } from "./scan.ts";

const submoduleMode = "160000";
const linkMode = "120000";

export interface PackageFile {
  readonly name?: string;
  readonly type?: string;
  readonly main?: string;
  readonly exports?: unknown;
  readonly imports?: unknown;
  readonly dependencies?: unknown;
}

/** Facts by blob id: what a text says never changes. Oldest are dropped; a bound for long-lived processes. */
export class FactsByBlob {
  readonly #facts = new Map<string, ModuleFacts>();
  readonly #most: number;
  constructor(most = 20_000) {
    this.#most = most;
  }
  get(blob: string): ModuleFacts | undefined {
    return this.#facts.get(blob);
  }
  set(blob: string, facts: ModuleFacts): void {
    const oldest = this.#facts.size >= this.#most ? this.#facts.keys().next().value : undefined;
    if (oldest !== undefined) this.#facts.delete(oldest);
    this.#facts.set(blob, facts);
  }
}

/** One tree with its listing in memory: what is where, what modules say, what package.json files say. */
export class Sources {
  readonly tree: Tree;
  /** Path → blob id, of files and symbolic links. */
  readonly files: ReadonlyMap<string, string>;
  /** Those of them that are symbolic links. */
  readonly links: ReadonlySet<string>;
  readonly #folders = new Set<string>();
  readonly #facts: FactsByBlob;
  readonly #json = new Map<string, Promise<unknown>>();
  readonly #yaml = new Map<string, Promise<unknown>>();

  private constructor(tree: Tree, entries: Awaited<ReturnType<Tree["list"]>>, facts: FactsByBlob) {
    this.tree = tree;
    this.files = new Map(entries.map(({ path, blob }) => [path, blob]));
    this.links = new Set(entries.filter(({ mode }) => mode === linkMode).map(({ path }) => path));
    this.#facts = facts;
    for (const path of this.files.keys()) {
      for (let end = path.lastIndexOf("/"); end > 0 && !this.#folders.has(path.slice(0, end)); end = path.lastIndexOf("/", end - 1))
        this.#folders.add(path.slice(0, end));
    }
  }

  static async open(tree: Tree, facts: FactsByBlob): Promise<Sources> {
    const entries = await tree.list("");
    return new Sources(
      tree,
      entries.filter(({ mode }) => mode !== submoduleMode),
      facts,
    );
  }

  isFolder(path: string): boolean {
    return path === "" || this.#folders.has(path);
  }

  below(folder: string): string[] {
    const start = folder === "" ? "" : `${folder}/`;
    return [...this.files.keys()].filter((path) => path.startsWith(start));
  }

  async text(path: string): Promise<string> {
    const bytes = await this.tree.read(path);
    if (bytes === undefined)
      throw new Problem("STACK_PATH_MISSING", { what: `there is no file ${path}`, on: `tree ${this.tree.id.slice(0, 7)}`, todo: "Commit the file." });
    return bytes.toString("utf8");
  }

  async facts(path: string): Promise<ModuleFacts> {
    const blob = this.files.get(path);
    if (blob === undefined || !isModule(path)) return nothingSaid;
    // The way a text is parsed depends on its extension too.
    const key = `${blob}${path.slice(path.lastIndexOf("."))}`;
    const known = this.#facts.get(key);
    if (known !== undefined) return known;
    const facts = scanModule(path, await this.text(path));
    this.#facts.set(key, facts);
    return facts;
  }

  /** A JSON file, or undefined when it is not there or no JSON. */
  json(path: string): Promise<unknown> {
    return this.#data(this.#json, path, (text) => JSON.parse(text) as unknown);
  }

  /** A YAML file, or undefined when it is not there or no YAML. */
  yaml(path: string): Promise<unknown> {
    return this.#data(this.#yaml, path, (text) => parse(text) as unknown);
  }

  /** Parsed once: a hundred stacks share one project file. */
  #data(known: Map<string, Promise<unknown>>, path: string, parsed: (text: string) => unknown): Promise<unknown> {
    const read = known.get(path) ?? (this.files.has(path) ? this.text(path).then(parsed, () => undefined) : Promise.resolve(undefined)).catch(() => undefined);
    known.set(path, read);
    return read;
  }

  /** The nearest package.json at or above a folder, with its own folder. */
  async packageAbove(folder: string): Promise<{ readonly folder: string; readonly file: PackageFile } | undefined> {
    for (let at = folder; ; at = parentOf(at)) {
      const file = await this.json(at === "" ? "package.json" : `${at}/package.json`);
      if (typeof file === "object" && file !== null) return { folder: at, file };
      if (at === "") return undefined;
    }
  }
}

export function parentOf(path: string): string {
  const end = path.lastIndexOf("/");
  return end < 0 ? "" : path.slice(0, end);
}

/** `from`'s folder plus a relative path; undefined when it leaves the repository. */
export function joinPath(folder: string, relative: string): string | undefined {
  const parts = folder === "" ? [] : folder.split("/");
  for (const part of relative.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join("/");
}
