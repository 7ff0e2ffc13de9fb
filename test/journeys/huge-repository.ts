import { spawn } from "node:child_process";
import { createCipheriv } from "node:crypto";
import { once } from "node:events";
import type { Readable } from "node:stream";

/** How much is put around an estate. Counts; `largeBytes` is one large file's. */
export interface Size {
  /** Small files outside of what stacks read, a hundred to a folder. */
  readonly files: number;
  /** Files in the environment's own folder. */
  readonly below: number;
  /** Commits on the environment's branch, each of which changes one of the small files. */
  readonly commits: number;
  readonly largeFiles: number;
  readonly largeBytes: number;
  readonly branches: number;
  readonly tags: number;
}

const chunkBytes = 1024 * 1024;
const perFolder = 100;

/** Bytes that no compression makes smaller, the same ones each time. */
function noise(seed: number): (bytes: number) => Buffer {
  const stream = createCipheriv("aes-128-ctr", Buffer.alloc(16, seed & 0xff), Buffer.alloc(16));
  return (bytes) => stream.update(Buffer.alloc(bytes));
}

const smallFile = (index: number): string => {
  const folder = Math.floor(index / perFolder);
  return `services/s${Math.floor(folder / perFolder)}/f${folder % perFolder}/file${index % perFolder}.txt`;
};

const commitHead = (mark: number, subject: string): string => {
  const who = `Ann <ann@acme.example> ${1_700_000_000 + mark} +0000`;
  return `commit refs/heads/env/dev\nmark :${mark}\nauthor ${who}\ncommitter ${who}\ndata ${Buffer.byteLength(subject)}\n${subject}\n`;
};

function* text(path: string, content: string): Generator<string> {
  yield `M 100644 inline ${path}\ndata ${Buffer.byteLength(content)}\n${content}\n`;
}

function* files(size: Size): Generator<string | Buffer> {
  for (let index = 0; index < size.files; index++) yield* text(smallFile(index), `service file ${index}\n`);
  for (let index = 0; index < size.below; index++) yield* text(`environments/dev/data/d${index}.json`, `{ "row": ${index} }\n`);
  const bytes = noise(7);
  for (let index = 0; index < size.largeFiles; index++) {
    yield `M 100644 inline artefacts/a${index}.bin\ndata ${size.largeBytes}\n`;
    for (let left = size.largeBytes; left > 0; left -= chunkBytes) yield bytes(Math.min(left, chunkBytes));
    yield "\n";
  }
}

/** The stream that `git fast-import` reads. */
function* story(size: Size, head: string): Generator<string | Buffer> {
  yield `${commitHead(1, "Bring everything")}from ${head}\n`;
  yield* files(size);
  for (let index = 0; index < size.commits; index++) {
    yield commitHead(2 + index, `Change ${index}`);
    yield* text(smallFile((index * 7919) % Math.max(1, size.files)), `changed by ${index}\n`);
  }
  const marks = size.commits + 1;
  for (let index = 0; index < size.branches; index++) yield `reset refs/heads/team/b${index}\nfrom :${1 + ((index * 31) % marks)}\n\n`;
  for (let index = 0; index < size.tags; index++) yield `reset refs/tags/v${index}\nfrom :${1 + ((index * 37) % marks)}\n\n`;
  yield "done\n";
}

async function textOf(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

/** Grows the environment's branch of a bare repository on top of `head`; the same size gives the same commits. */
export const growRepository = (remote: string, head: string, size: Size): Promise<void> => importInto(remote, story(size, head));

/** One commit on the environment's branch that replaces a file. */
export const replaceFile = (remote: string, path: string, content: string): Promise<void> =>
  importInto(remote, [commitHead(1, `Replace ${path}`), "from refs/heads/env/dev^0\n", ...text(path, content), "done\n"]);

async function importInto(remote: string, pieces: Iterable<string | Buffer>): Promise<void> {
  const settings = ["-c", "core.compression=1", "-c", "fastimport.unpackLimit=0"];
  const child = spawn("git", [...settings, "--git-dir", remote, "fast-import", "--quiet", "--done"], { stdio: ["pipe", "ignore", "pipe"] });
  const ended = once(child, "close");
  const said = textOf(child.stderr);
  child.stdin.on("error", () => undefined);
  for (const piece of batched(pieces)) if (!child.stdin.write(piece)) await Promise.race([once(child.stdin, "drain"), ended]);
  child.stdin.end();
  const [code] = (await ended) as [number | null];
  if (code !== 0) throw new Error(`git fast-import ended with ${code}: ${await said}`);
}

/** In pieces of about a megabyte: one write per file would take longer than git does. */
function* batched(pieces: Iterable<string | Buffer>): Generator<Buffer> {
  let parts: Buffer[] = [];
  let bytes = 0;
  for (const piece of pieces) {
    const part = Buffer.from(piece);
    parts.push(part);
    bytes += part.length;
    if (bytes < chunkBytes) continue;
    yield Buffer.concat(parts);
    parts = [];
    bytes = 0;
  }
  if (parts.length > 0) yield Buffer.concat(parts);
}
