import { isBuiltin } from "node:module";
import { joinPath, parentOf, type PackageFile, type Sources } from "./sources.ts";

export type Target =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "package"; readonly name: string }
  | { readonly kind: "builtin" }
  | { readonly kind: "missing"; readonly why: string };

/** What a written extension may stand for: compilers let people write the name of the output. */
const writtenFor: Readonly<Record<string, readonly string[]>> = { ".js": [".ts", ".tsx"], ".jsx": [".tsx"], ".mjs": [".mts"], ".cjs": [".cts"] };
const added = [".ts", ".tsx", ".mts", ".cts", ".js", ".mjs", ".cjs", ".jsx", ".json"] as const;

/** The file that a path without certainty about its ending means: itself, .js for .ts, an added extension, the folder's index. */
export function fileFor(sources: Sources, path: string): string | undefined {
  if (sources.files.has(path)) return path;
  const extension = /\.[mc]?jsx?$/.exec(path)?.[0] ?? "";
  const stem = path.slice(0, path.length - extension.length);
  const candidates = [
    ...(writtenFor[extension] ?? []).map((other) => stem + other),
    ...added.map((other) => path + other),
    ...added.map((other) => (path === "" ? `index${other}` : `${path}/index${other}`)),
  ];
  return candidates.find((candidate) => sources.files.has(candidate));
}

function packageName(specifier: string): string {
  const parts = specifier.split("/");
  return parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}

/** Every target that a conditional export can lead to: which condition holds at run time is not known here. */
function targets(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(targets);
}

function mapped(map: unknown, key: string): string[] {
  if (typeof map !== "object" || map === null) return key === "." ? targets(map) : [];
  const table = map as Record<string, unknown>;
  if (Object.hasOwn(table, key)) return targets(table[key]);
  if (key === "." && !Object.keys(table).some((each) => each.startsWith("."))) return targets(table);
  for (const [pattern, value] of Object.entries(table)) {
    const star = pattern.indexOf("*");
    if (star < 0 || !key.startsWith(pattern.slice(0, star)) || !key.endsWith(pattern.slice(star + 1))) continue;
    const middle = key.slice(star, key.length - (pattern.length - star - 1));
    return targets(value).map((target) => target.replaceAll("*", middle));
  }
  return [];
}

/** What the package that a module belongs to says about a specifier: its own name and `#imports`. Undefined: it says nothing. */
function saidBy(own: PackageFile, specifier: string): string[] | undefined {
  if (specifier.startsWith("#")) return mapped(own.imports, specifier);
  const name = packageName(specifier);
  return own.name === name && own.exports !== undefined ? mapped(own.exports, `.${specifier.slice(name.length)}`) : undefined;
}

async function throughPackage(sources: Sources, from: string, specifier: string): Promise<Target | undefined> {
  const own = await sources.packageAbove(parentOf(from));
  const found = own === undefined ? undefined : saidBy(own.file, specifier);
  if (own === undefined || found === undefined) return undefined;
  for (const target of found) {
    if (!target.startsWith(".")) return { kind: "package", name: packageName(target) };
    const path = joinPath(own.folder, target);
    const file = path === undefined ? undefined : fileFor(sources, path);
    if (file !== undefined) return { kind: "file", path: file };
  }
  return { kind: "missing", why: `${specifier} leads to no file through ${own.folder === "" ? "" : `${own.folder}/`}package.json` };
}

/** Where an import leads, from git's listing alone. */
export async function resolveImport(sources: Sources, from: string, specifier: string): Promise<Target> {
  if (specifier.startsWith("./") || specifier.startsWith("../") || specifier === "." || specifier === "..") {
    const path = joinPath(parentOf(from), specifier);
    const file = path === undefined ? undefined : (fileFor(sources, path) ?? (await folderMain(sources, path)));
    return file === undefined ? { kind: "missing", why: `${specifier} is no file of this commit` } : { kind: "file", path: file };
  }
  if (isBuiltin(specifier)) return { kind: "builtin" };
  if (specifier.startsWith("/") || /^[a-z]+:/.test(specifier)) return { kind: "missing", why: `${specifier} is outside the commit` };
  return (await throughPackage(sources, from, specifier)) ?? { kind: "package", name: packageName(specifier) };
}

async function folderMain(sources: Sources, folder: string): Promise<string | undefined> {
  const file = (await sources.json(`${folder}/package.json`)) as PackageFile | undefined;
  const main = typeof file?.main === "string" ? joinPath(folder, file.main) : undefined;
  return main === undefined ? undefined : fileFor(sources, main);
}
