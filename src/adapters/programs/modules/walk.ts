import { fileFor, resolveImport } from "./resolve.ts";
import { joinPath, parentOf, type Sources } from "./sources.ts";
import type { Mention, ModuleFacts } from "./facts.ts";

export interface WalkOptions {
  /** Folders that relative paths in strings may be meant from, besides the module's own. */
  readonly workingFolders: readonly string[];
  /** Follow type-only imports too: for type checking, not for what runs. */
  readonly types?: boolean;
  /** Modules whose text is trusted: their computed imports and path-like strings mean nothing (trueup's own sources in its own repository). */
  readonly isOwn?: (path: string) => boolean;
  /** Specifiers that lead nowhere in the commit: `trueup` in an environment file is the running one. */
  readonly skip?: (specifier: string) => boolean;
  /** Files that a folder named in a string stands for. Default: all below it. */
  readonly filesOf?: (folder: string) => readonly string[];
}

/** Everything that modules reach. */
export interface Reach {
  /** Path → the module that leads to it, undefined for where the walk began. */
  readonly files: ReadonlyMap<string, string | undefined>;
  /** Packages by name, each with the folders it is imported from. */
  readonly packages: ReadonlyMap<string, ReadonlySet<string>>;
  /** `file:line what`, sorted. */
  readonly unresolved: readonly string[];
  readonly reads: readonly { readonly stack: string; readonly output?: string }[];
  readonly references: readonly string[];
}

class Walk {
  readonly files = new Map<string, string | undefined>();
  readonly packages = new Map<string, Set<string>>();
  readonly unresolved = new Set<string>();
  readonly reads = new Map<string, { readonly stack: string; readonly output?: string }>();
  readonly references = new Set<string>();
  readonly #sources: Sources;
  readonly #options: WalkOptions;
  #next: string[] = [];

  constructor(sources: Sources, options: WalkOptions) {
    this.#sources = sources;
    this.#options = options;
  }

  add(path: string, from: string | undefined): void {
    if (this.files.has(path)) return;
    this.files.set(path, from);
    this.#next.push(path);
  }

  /** Level by level: the files of a level are read together. Ends, because each file is taken once. */
  async run(): Promise<void> {
    while (this.#next.length > 0) {
      const level = this.#next;
      this.#next = [];
      const facts = await Promise.all(level.map((path) => this.#sources.facts(path)));
      for (const [index, path] of level.entries()) await this.#follow(path, facts[index] as ModuleFacts);
    }
  }

  async #follow(path: string, facts: ModuleFacts): Promise<void> {
    for (const mention of this.#options.types === true ? [...facts.imports, ...facts.typeImports] : facts.imports) {
      if (this.#options.skip?.(mention.text) !== true) await this.#import(path, mention);
    }
    if (this.#options.isOwn?.(path) === true) return;
    for (const mention of facts.computed) this.unresolved.add(`${path}:${mention.line} ${mention.text}`);
    for (const mention of facts.paths) this.#named(path, mention.text);
    for (const read of facts.reads) this.reads.set(`${read.stack} ${read.output ?? ""}`, read);
    for (const reference of facts.references) this.references.add(reference);
  }

  async #import(path: string, mention: Mention): Promise<void> {
    const target = await resolveImport(this.#sources, path, mention.text);
    if (target.kind === "file") this.add(target.path, path);
    else if (target.kind === "package") this.packages.set(target.name, (this.packages.get(target.name) ?? new Set()).add(parentOf(path)));
    else if (target.kind === "missing") this.unresolved.add(`${path}:${mention.line} ${target.why}`);
  }

  #named(from: string, text: string): void {
    for (const folder of new Set([parentOf(from), ...this.#options.workingFolders])) {
      const path = joinPath(folder, text);
      if (path === undefined) continue;
      if (this.#sources.files.has(path)) this.add(path, from);
      else if (this.#sources.isFolder(path)) for (const file of this.#filesOf(path)) this.add(file, from);
      else if (text.startsWith(".")) this.#perhapsModule(path, from);
    }
  }

  /** `import.meta.resolve("./worker")`: a string that names a module without its ending. */
  #perhapsModule(path: string, from: string): void {
    const file = fileFor(this.#sources, path);
    if (file !== undefined) this.add(file, from);
  }

  #filesOf(folder: string): readonly string[] {
    return this.#options.filesOf?.(folder) ?? this.#sources.below(folder);
  }
}

/** Follows static imports, re-exports, literal import() and require(), and strings that name files of the commit. */
export async function walkModules(sources: Sources, roots: readonly string[], options: WalkOptions): Promise<Reach> {
  const walk = new Walk(sources, options);
  for (const root of roots) walk.add(root, undefined);
  await walk.run();
  return {
    files: walk.files,
    packages: walk.packages,
    unresolved: [...walk.unresolved].sort(),
    reads: [...walk.reads.values()],
    references: [...walk.references].sort(),
  };
}
