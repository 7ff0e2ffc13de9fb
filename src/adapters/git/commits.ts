import type { CommitFacts, Sha } from "./port.ts";

/** `Name <mail> 1700000000 +0100` */
function person(line: string): { name: string; email: string; at: string } {
  const match = /^(.*?) ?<([^>]*)> (-?\d+)/.exec(line);
  const seconds = Math.min(Math.abs(Number(match?.[3] ?? 0)), 8_000_000_000);
  return { name: match?.[1] ?? "", email: match?.[2] ?? "", at: new Date(seconds * 1000).toISOString() };
}

/** The facts of a raw commit object. The subject is the first line; the body is what follows the empty line after it. */
export function parseCommit(sha: Sha, data: Buffer): CommitFacts {
  const text = data.toString("utf8");
  const end = text.indexOf("\n\n");
  const headers = (end < 0 ? text : text.slice(0, end)).split("\n");
  const message = end < 0 ? "" : text.slice(end + 2);
  const all = (name: string): string[] => headers.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
  const author = person(all("author")[0] ?? "");
  const lines = message.split("\n");
  return {
    sha,
    parents: all("parent"),
    author: { name: author.name, email: author.email },
    at: person(all("committer")[0] ?? "").at,
    subject: lines[0] ?? "",
    body: lines.slice(1).join("\n").trim(),
  };
}

export interface Identity {
  readonly name: string;
  readonly email: string;
}

/** Angle brackets and line breaks would end the name early and start another header. */
export function nameOf(text: string): string {
  return text.replace(/[<>\u0000-\u001f]/g, " ").trim();
}

export function messageOf(text: string): string {
  return `${text.replaceAll("\0", "").replace(/\s+$/, "")}\n`;
}

/** A raw commit object. Times are whole seconds in UTC, so that the same facts give the same id on every machine. */
export function formatCommit(facts: {
  readonly tree: Sha;
  readonly parents: readonly Sha[];
  readonly identity: Identity;
  readonly atMs: number;
  readonly message: string;
}): Buffer {
  const who = `${nameOf(facts.identity.name)} <${nameOf(facts.identity.email)}> ${Math.floor(facts.atMs / 1000)} +0000`;
  const headers = [`tree ${facts.tree}`, ...facts.parents.map((parent) => `parent ${parent}`), `author ${who}`, `committer ${who}`];
  return Buffer.from(`${headers.join("\n")}\n\n${messageOf(facts.message)}`, "utf8");
}
