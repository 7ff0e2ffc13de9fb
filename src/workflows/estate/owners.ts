import type { Repository } from "../../adapters/git/index.ts";
import { ownerPlaces, parseCodeOwners, tooManyBytes, type CodeOwners, type Dialect } from "../../domain/owners/index.ts";

/** `what` says why there is no file to go by, in words that may be published. */
export type ReadOwners = { readonly kind: "read"; readonly file: CodeOwners } | { readonly kind: "none" | "unreadable"; readonly what: string };

const regular: readonly string[] = ["100644", "100755"];

/** CODEOWNERS as a commit has it, at the first place where this host looks. Read from git objects: nothing of a work tree counts. */
export async function readCodeOwners(repository: Repository, treeish: string, dialect: Dialect): Promise<ReadOwners> {
  for (const place of ownerPlaces[dialect]) {
    const entry = (await repository.list(treeish, place)).find(({ path }) => path === place);
    if (entry === undefined) continue;
    if (!regular.includes(entry.mode)) return { kind: "unreadable", what: `${place} is no plain file` };
    const content = await repository.readBlob(entry.blob);
    if (content.length >= tooManyBytes) return { kind: "unreadable", what: `${place} is too large to be read` };
    return { kind: "read", file: parseCodeOwners(content.toString("utf8"), place, dialect) };
  }
  return { kind: "none", what: "there is no CODEOWNERS" };
}

/** Whichever host reads it: did any file move that could be the CODEOWNERS? */
export async function codeOwnersDiffer(repository: Repository, from: string, to: string): Promise<boolean> {
  const places: ReadonlySet<string> = new Set(Object.values(ownerPlaces).flat());
  return (await repository.changedPaths(from, to)).some((path) => places.has(path));
}
