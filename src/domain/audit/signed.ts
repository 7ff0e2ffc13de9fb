import type { Signature } from "./entry.ts";
import type { TrailFinding } from "./finding.ts";

export interface SignedEntry {
  readonly commit: string;
  readonly sequence: number | null;
  readonly signature: Signature;
}

const mostNamed = 50;

/**
 * Which entries of a whole ledger, oldest first, no reader may take where keys are named that may sign: what has a bad signature, and from the first good
 * one on what is signed by nobody who may. What came before that first one is held by its chain of hashes.
 */
export function unacceptable(states: readonly Signature["state"][]): readonly number[] {
  const first = states.indexOf("good");
  return states.flatMap((state, at) => (state === "bad" || (state !== "good" && first >= 0 && at > first) ? [at] : []));
}

/** What is wrong with a signature that is not good, to come after "an entry" or "it". */
export function signatureWords({ state, key = "a key" }: Signature): string {
  if (state === "none") return "is not signed";
  return state === "bad" ? "has a signature that is not of what it says" : `is signed by ${key}, which is nobody's who may sign`;
}

function findingOf({ commit, sequence, signature }: SignedEntry): TrailFinding {
  return { kind: signature.state === "bad" ? "changed" : "unsigned", commit, sequence, says: `it ${signatureWords(signature)}` };
}

/**
 * What signatures give away, oldest entry first, the bad ones before the others. Where keys are named that may sign (`isRequired`) nothing unacceptable is
 * there, and the newest entry is signed. A bad signature is a broken entry, whoever may sign.
 */
export function signatureFindings(entries: readonly SignedEntry[], { isRequired }: { readonly isRequired: boolean }): readonly TrailFinding[] {
  const states = entries.map(({ signature }) => signature.state);
  const newest = states.at(-1);
  const open = new Set(newest === "none" || newest === "unknown" ? [...unacceptable(states), states.length - 1] : unacceptable(states));
  const found = entries.filter(({ signature }, at) => open.has(at) && (isRequired || signature.state === "bad")).map(findingOf);
  return [...found.filter(({ kind }) => kind === "changed"), ...found.filter(({ kind }) => kind !== "changed")].slice(0, mostNamed);
}
