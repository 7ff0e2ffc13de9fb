import { Problem } from "../../base/problem/index.ts";
import type { Sha } from "./port.ts";

const shaPattern = /^[0-9a-f]{40}$/;
/** What `git check-ref-format` refuses inside a name: control characters, space, ~ ^ : ? * [ \, "..", "@{". */
const refusedInRef = /[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{/;

/** Half a character: it has no bytes of its own in UTF-8, so that two such names would become one. */
export function hasLoneSurrogate(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}

export function isSha(text: string): boolean {
  return shaPattern.test(text);
}

/** The same id, or REF_INVALID: nothing that is not 40 lowercase hex digits reaches git as an id. */
export function requireSha(text: string): Sha {
  if (isSha(text)) return text;
  throw refInvalid(text, "it is not a full commit id (40 hex digits)");
}

export function refInvalid(text: string, why: string): Problem {
  return new Problem("REF_INVALID", {
    what: `${quoted(text)} is no commit or branch: ${why}`,
    on: quoted(text),
    todo: "Give a branch name, or a commit id as git log prints it.",
  });
}

/** A name for a message: JSON-quoted, so that no control character reaches a terminal, and cut to a bearable length. */
export function quoted(text: string): string {
  const shown = text.length > 120 ? `${text.slice(0, 117)}...` : text;
  return JSON.stringify(shown).replace(/[\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** `refs/heads/<name>` for a branch name (or for the full ref itself), or undefined when git would not take it as one. */
export function branchRefOf(name: string): string | undefined {
  const short = name.startsWith("refs/heads/") ? name.slice("refs/heads/".length) : name;
  if (short === "" || short.length > 230 || short.startsWith("-") || refusedInRef.test(short) || hasLoneSurrogate(short)) return undefined;
  const parts = short.split("/");
  if (parts.some((part) => part === "" || part.startsWith(".") || part.endsWith(".lock") || part.endsWith("."))) return undefined;
  if (Buffer.byteLength(short) > 230) return undefined;
  return `refs/heads/${short}`;
}

export function requireBranchRef(name: string): string {
  const ref = branchRefOf(name);
  if (ref === undefined) throw refInvalid(name, "git allows no branch of that name");
  return ref;
}

/** Names that mean something else to git or to a file system, in any spelling. */
const refusedComponents = /^(\.{0,2}|\.git[\s.]*|git~[0-9]+)$/i;

export function isSafeComponent(name: string): boolean {
  return !refusedComponents.test(name.replace(/[\u200c-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g, "")) && !name.includes("/") && !name.includes("\0");
}

/** A repository path as its components, or undefined when it could name anything but a file inside the tree. */
export function pathParts(path: string): readonly string[] | undefined {
  const parts = path.split("/");
  return parts.every(isSafeComponent) && !hasLoneSurrogate(path) ? parts : undefined;
}

export function requirePathParts(path: string): readonly string[] {
  const parts = pathParts(path);
  if (parts !== undefined) return parts;
  throw new Problem("REF_INVALID", {
    what: `${quoted(path)} is not a path inside a repository`,
    on: quoted(path),
    todo: 'Rename the file: a path may not be absolute, hold "..", or name a .git folder.',
  });
}
