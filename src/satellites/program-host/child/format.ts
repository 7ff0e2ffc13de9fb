import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

export type Format = "module" | "commonjs";

const types = new Map<string, string | undefined>();

/** The `type` of the nearest package.json, or undefined where it has none. */
function packageType(folder: string): string | undefined {
  if (types.has(folder)) return types.get(folder);
  const path = join(folder, "package.json");
  let type: string | undefined;
  if (existsSync(path)) {
    const manifest: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (typeof manifest === "object" && manifest !== null && "type" in manifest && typeof manifest.type === "string") type = manifest.type;
  } else if (dirname(folder) !== folder) {
    type = packageType(dirname(folder));
  }
  types.set(folder, type);
  return type;
}

/** Words that only an ES module may hold: `import.meta`, and `await` at the start of an unindented statement. */
const onlyInModules = /\bimport\.meta\b|^(?:(?:export\s+)?(?:const|let|var)\s[^=\n]*=\s*)?await\s|^for\s+await\b/m;

/** How Node will treat a TypeScript file: by its extension, then its package; where neither says, as CommonJS unless it cannot be that. */
export function formatOf(path: string, source: string): Format {
  if (/\.mtsx?$/.test(path)) return "module";
  if (/\.ctsx?$/.test(path)) return "commonjs";
  const type = packageType(dirname(path));
  if (type === "module") return "module";
  return type === undefined && onlyInModules.test(source) ? "module" : "commonjs";
}
