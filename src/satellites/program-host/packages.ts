import { readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

/** A provider that an installed SDK package asks for. */
export interface RequiredPackage {
  readonly name: string;
  /** With a leading "v", as the engine writes it; empty when the package does not say. */
  readonly version: string;
  readonly server: string;
}

export interface Dependency {
  readonly name: string;
  readonly version: string;
}

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly pulumi?: { readonly resource?: boolean; readonly name?: string; readonly version?: string; readonly server?: string };
}

function manifestIn(folder: string): Manifest | undefined {
  try {
    const parsed: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    return typeof parsed === "object" && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** The folder and its parents, nearest first. */
function upwards(folder: string): string[] {
  const folders = [folder];
  for (let at = folder; dirname(at) !== at; at = dirname(at)) folders.push(dirname(at));
  return folders;
}

function programFolder(directory: string): string {
  try {
    return statSync(directory).isDirectory() ? directory : dirname(directory);
  } catch {
    return directory;
  }
}

function installed(name: string, from: string): { folder: string; manifest: Manifest } | undefined {
  for (const folder of upwards(from)) {
    const manifest = manifestIn(join(folder, "node_modules", name));
    if (manifest !== undefined) return { folder: join(folder, "node_modules", name), manifest };
  }
  return undefined;
}

/** The nearest package.json above the program, as npm would find it. */
function ownManifest(directory: string): { folder: string; manifest: Manifest } | undefined {
  for (const folder of upwards(programFolder(directory))) {
    const manifest = manifestIn(folder);
    if (manifest !== undefined) return { folder, manifest };
  }
  return undefined;
}

/** How deep SDK packages may depend on SDK packages (a component library on a provider's SDK) before the search stops. */
const deepest = 8;

function required(manifest: Manifest): RequiredPackage | undefined {
  const { pulumi } = manifest;
  if (pulumi?.resource !== true || manifest.name === undefined) return undefined;
  const version = pulumi.version ?? manifest.version ?? "";
  // "@pulumi/aws" asks for "aws"; packages of other scopes and without a `name` are called by their own last part.
  const name = pulumi.name ?? manifest.name.slice(manifest.name.lastIndexOf("/") + 1);
  return { name, version: version === "" || version.startsWith("v") ? version : `v${version}`, server: pulumi.server ?? "" };
}

/**
 * The providers that a program's dependencies ask for: the packages that its package.json names, and what those that are
 * SDKs themselves name. Each name and version once, by name. Packages that are not installed are left out: the program itself will say so.
 */
export function requiredPackages(directory: string): readonly RequiredPackage[] {
  const own = ownManifest(directory);
  if (own === undefined) return [];
  const found = new Map<string, RequiredPackage>();
  const seen = new Set<string>();
  let wave = Object.keys({ ...own.manifest.devDependencies, ...own.manifest.dependencies }).map((name) => ({ name, from: own.folder }));
  for (let depth = 0; depth < deepest && wave.length > 0; depth++) {
    const next: { name: string; from: string }[] = [];
    for (const { name, from } of wave) {
      const dependency = installed(name, from);
      if (dependency === undefined || seen.has(dependency.folder)) continue;
      seen.add(dependency.folder);
      const asks = required(dependency.manifest);
      if (asks !== undefined) found.set(`${asks.name}@${asks.version}`, asks);
      // Only what is built on Pulumi can bring a provider along; the rest of the tree is not worth reading.
      const dependencies = Object.keys(dependency.manifest.dependencies ?? {});
      if (dependencies.includes("@pulumi/pulumi")) next.push(...dependencies.map((inner) => ({ name: inner, from: dependency.folder })));
    }
    wave = next;
  }
  return [...found.values()].sort((a, b) => (`${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1));
}

/** The direct dependencies of the program with the versions that are installed, for `pulumi about`. */
export function programDependencies(directory: string): readonly Dependency[] {
  const own = ownManifest(directory);
  if (own === undefined) return [];
  return Object.keys({ ...own.manifest.devDependencies, ...own.manifest.dependencies })
    .map((name) => ({ name, version: installed(name, own.folder)?.manifest.version ?? "" }))
    .filter((dependency) => dependency.version !== "");
}
