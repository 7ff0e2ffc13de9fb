import { parentOf, type Sources } from "./sources.ts";

/** Lockfiles whose entries are not read one by one: any change of theirs counts. */
const opaqueLockfiles = ["yarn.lock", "pnpm-lock.yaml", "bun.lock", "npm-shrinkwrap.json"] as const;

interface Entry {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly name?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export interface Locked {
  /** `name@version` → integrity. */
  readonly packages: Readonly<Record<string, string>>;
  /** Folders of the repository that packages are linked to (workspaces). */
  readonly linked: readonly string[];
  /** Package names that no lockfile knows. */
  readonly unknown: readonly string[];
}

/** One package-lock.json (v2 or v3) and the folder it stands in. */
class Lockfile {
  readonly #entries: Readonly<Record<string, Entry>>;
  readonly #folder: string;
  constructor(folder: string, entries: Readonly<Record<string, Entry>>) {
    this.#folder = folder;
    this.#entries = entries;
  }

  /** The entry that Node would find from a place, by its key. `place` is relative to the lockfile's folder. */
  find(place: string, name: string): string | undefined {
    for (let at = place; ; at = parentOf(at)) {
      const key = at === "" ? `node_modules/${name}` : `${at}/node_modules/${name}`;
      if (Object.hasOwn(this.#entries, key)) return key;
      if (at === "") return undefined;
    }
  }

  /** Adds an entry and all it depends on. Ends, because each key is taken once. */
  collect(first: string, taken: Set<string>): void {
    const next = [first];
    for (let key = next.pop(); key !== undefined; key = next.pop()) {
      if (taken.has(key)) continue;
      taken.add(key);
      const entry = this.#entries[key];
      const place = entry?.link === true ? (entry.resolved ?? key) : key;
      const owner = this.#entries[place];
      for (const name of Object.keys({ ...owner?.dependencies, ...owner?.optionalDependencies, ...owner?.peerDependencies })) {
        const found = this.find(place, name);
        if (found !== undefined) next.push(found);
      }
    }
  }

  relative(folder: string): string {
    return this.#folder === "" ? folder : folder.slice(this.#folder.length + 1);
  }

  locked(keys: ReadonlySet<string>): Pick<Locked, "packages" | "linked"> {
    const packages: Record<string, string> = {};
    const linked: string[] = [];
    for (const key of keys) {
      const entry = this.#entries[key];
      if (entry === undefined) continue;
      if (entry.link !== true) packages[lockedName(key, entry)] = entry.integrity ?? entry.resolved ?? "";
      else if (entry.resolved !== undefined) linked.push(this.#folder === "" ? entry.resolved : `${this.#folder}/${entry.resolved}`);
    }
    return { packages, linked };
  }
}

function lockedName(key: string, entry: Entry): string {
  const name = entry.name ?? key.slice(key.lastIndexOf("node_modules/") + "node_modules/".length);
  return `${name}@${entry.version ?? "?"}`;
}

async function lockfileAbove(sources: Sources, folder: string): Promise<{ readonly path: string; readonly lockfile?: Lockfile } | undefined> {
  for (let at = folder; ; at = parentOf(at)) {
    const prefix = at === "" ? "" : `${at}/`;
    const file = (await sources.json(`${prefix}package-lock.json`)) as { readonly packages?: Readonly<Record<string, Entry>> } | undefined;
    if (file?.packages !== undefined) return { path: `${prefix}package-lock.json`, lockfile: new Lockfile(at, file.packages) };
    const opaque = ["package-lock.json", ...opaqueLockfiles].map((name) => prefix + name).find((path) => sources.files.has(path));
    if (opaque !== undefined) return { path: opaque };
    if (at === "") return undefined;
  }
}

/** The lockfile entries that imports of packages reach, each with all it depends on. */
export async function lockedPackages(sources: Sources, imported: ReadonlyMap<string, ReadonlySet<string>>): Promise<Locked> {
  const keys = new Map<Lockfile, Set<string>>();
  const byPath = new Map<string, Lockfile>();
  const packages: Record<string, string> = {};
  const unknown: string[] = [];
  for (const [name, folders] of imported) {
    for (const folder of folders) {
      const found = await lockfileAbove(sources, folder);
      if (found === undefined) unknown.push(name);
      else if (found.lockfile === undefined) packages[found.path] = sources.files.get(found.path) ?? "";
      else {
        const lockfile = byPath.get(found.path) ?? found.lockfile;
        byPath.set(found.path, lockfile);
        const key = lockfile.find(lockfile.relative(folder), name);
        const taken = keys.get(lockfile) ?? new Set<string>();
        keys.set(lockfile, taken);
        if (key === undefined) unknown.push(name);
        else lockfile.collect(key, taken);
      }
    }
  }
  const linked: string[] = [];
  for (const [lockfile, taken] of keys) {
    const found = lockfile.locked(taken);
    Object.assign(packages, found.packages);
    linked.push(...found.linked);
  }
  return { packages: sorted(packages), linked: [...new Set(linked)].sort(), unknown: [...new Set(unknown)].sort() };
}

export function sorted(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
