import type { Signature } from "./entry.ts";
import type { TrailFinding } from "./finding.ts";

export interface SignedEntry {
  readonly commit: string;
  readonly sequence: number | null;
  readonly signature: Signature;
}

const mostNamed = 50;

/** A bad signature is a broken entry, whoever may sign. */
function badOf({ commit, sequence, signature }: SignedEntry): readonly TrailFinding[] {
  return signature.state === "bad" ? [{ kind: "changed", commit, sequence, says: "its signature is not of what it says" }] : [];
}

function unsigned({ commit, sequence, signature }: SignedEntry): readonly TrailFinding[] {
  if (signature.state === "good" || signature.state === "bad") return [];
  const key = signature.key === undefined ? "a key" : signature.key;
  return [
    { kind: "unsigned", commit, sequence, says: signature.state === "none" ? "it is not signed" : `it is signed by ${key}, which is nobody's who may sign` },
  ];
}

/**
 * What signatures give away, oldest entry first. Where keys are named that may sign (`isRequired`), every entry from the first good signature on has
 * one, and the newest has one: what came before that first one is held by its chain of hashes.
 */
export function signatureFindings(entries: readonly SignedEntry[], { isRequired }: { readonly isRequired: boolean }): readonly TrailFinding[] {
  const bad = entries.flatMap(badOf);
  const first = entries.findIndex(({ signature }) => signature.state === "good");
  const newest = entries.at(-1);
  if (!isRequired || newest === undefined) return bad.slice(0, mostNamed);
  const open = first < 0 ? unsigned(newest) : entries.slice(first).flatMap(unsigned);
  return [...bad, ...open].slice(0, mostNamed);
}
