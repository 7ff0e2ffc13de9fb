import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Tree } from "../port.ts";

/** Files of a made-up repository: path → text, or `{ link }` for a symbolic link. */
export type Files = Readonly<Record<string, string | { readonly link: string }>>;

interface Entry {
  readonly path: string;
  readonly mode: string;
  readonly blob: string;
}

/** A real git repository in a temporary folder; each call of `tree` makes a tree object of exactly these files. */
export class TestRepository {
  readonly folder = mkdtempSync(join(tmpdir(), "trueup-programs-"));
  constructor() {
    this.#git(["init", "-q", "--bare", join(this.folder, "git")]);
  }

  #git(args: readonly string[], input?: string): string {
    return execFileSync("git", [...args], { cwd: this.folder, encoding: "utf8", maxBuffer: 64 * 1024 * 1024, input });
  }

  tree(files: Files): Tree {
    const entries: Entry[] = [];
    const contents = new Map<string, string>();
    const stream: string[] = [];
    for (const [index, [path, value]] of Object.entries(files).entries()) {
      const text = typeof value === "string" ? value : value.link;
      stream.push(`blob\nmark :${index + 1}\ndata ${Buffer.byteLength(text)}\n${text}\n`);
      contents.set(path, text);
      entries.push({ path, mode: typeof value === "string" ? "100644" : "120000", blob: String(index) });
    }
    const lines = entries.map((entry, index) => `M ${entry.mode} :${index + 1} ${JSON.stringify(entry.path)}\n`);
    this.#git(
      ["--git-dir=git", "fast-import", "--quiet", "--force"],
      `${stream.join("")}reset refs/heads/x\ncommit refs/heads/x\ncommitter t <t@t> 0 +0000\ndata 0\ndeleteall\n${lines.join("")}\n`,
    );
    const id = this.#git(["--git-dir=git", "rev-parse", "refs/heads/x^{tree}"]).trim();
    const listed = this.#git(["--git-dir=git", "ls-tree", "-r", "-z", id])
      .split("\0")
      .filter((line) => line !== "")
      .map((line): Entry => ({ mode: line.slice(0, 6), blob: line.slice(12, 52), path: line.slice(53) }));
    return {
      id,
      list: (path) => Promise.resolve(listed.filter((entry) => path === "" || entry.path.startsWith(`${path}/`))),
      read: (path) => Promise.resolve(contents.has(path) ? Buffer.from(contents.get(path) ?? "") : undefined),
      materialise: (paths, directory) => {
        for (const path of paths) write(join(directory, path), listed.find((entry) => entry.path === path)?.mode ?? "", contents.get(path) ?? "");
        return Promise.resolve();
      },
    };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function write(target: string, mode: string, text: string): void {
  mkdirSync(dirname(target), { recursive: true });
  if (mode === "120000") symlinkSync(text, target);
  else writeFileSync(target, text);
  if (mode === "100755") chmodSync(target, 0o755);
}
