import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { deflateSync } from "node:zlib";

/** Objects and refs of a bare repository as files, in git's own form. */

export function writeObject(repository: string, kind: "blob" | "tree" | "commit", body: Buffer): string {
  const whole = Buffer.concat([Buffer.from(`${kind} ${body.length}\0`), body]);
  const id = createHash("sha1").update(whole).digest("hex");
  const path = join(repository, "objects", id.slice(0, 2), id.slice(2));
  if (existsSync(path)) return id;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, deflateSync(whole));
  return id;
}

/** From path → blob. Every file is an ordinary one. */
export function writeTree(repository: string, files: ReadonlyMap<string, string>): string {
  const folders = new Map<string, Map<string, string>>();
  const entries: { readonly sort: string; readonly mode: string; readonly name: string; readonly id: string }[] = [];
  for (const [path, id] of files) {
    const cut = path.indexOf("/");
    if (cut < 0) {
      entries.push({ sort: path, mode: "100644", name: path, id });
      continue;
    }
    const folder = folders.get(path.slice(0, cut)) ?? new Map<string, string>();
    folders.set(path.slice(0, cut), folder.set(path.slice(cut + 1), id));
  }
  for (const [name, inner] of folders) entries.push({ sort: `${name}/`, mode: "40000", name, id: writeTree(repository, inner) });
  const ordered = entries.sort((a, b) => Buffer.compare(Buffer.from(a.sort), Buffer.from(b.sort)));
  return writeObject(repository, "tree", Buffer.concat(ordered.flatMap(({ mode, name, id }) => [Buffer.from(`${mode} ${name}\0`), Buffer.from(id, "hex")])));
}

export function writeRef(repository: string, name: string, commit: string): void {
  const path = join(repository, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, `${commit}\n`);
  renameSync(`${path}.new`, path);
}

/** One ref, as it is this moment. */
export function readRef(repository: string, name: string): string | undefined {
  try {
    return readFileSync(join(repository, name), "utf8").trim();
  } catch {
    return readRefs(repository).get(name);
  }
}

export function readRefs(repository: string): Map<string, string> {
  const refs = new Map<string, string>();
  const packed = join(repository, "packed-refs");
  if (existsSync(packed)) {
    for (const [, id = "", name = ""] of readFileSync(packed, "utf8").matchAll(/^([0-9a-f]{40}) (\S+)$/gm)) refs.set(name, id);
  }
  const walk = (folder: string): void => {
    for (const entry of readdirSync(join(repository, folder), { withFileTypes: true })) {
      const name = `${folder}/${entry.name}`;
      if (entry.isDirectory()) walk(name);
      else if (!/\.(lock|new)$/.test(name)) refs.set(name, readFileSync(join(repository, name), "utf8").trim());
    }
  };
  walk("refs");
  return refs;
}
