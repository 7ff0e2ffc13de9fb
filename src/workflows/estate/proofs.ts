import type { ProofOfLife } from "../ledger/index.ts";
import { ciProof } from "./ci-proof.ts";
import type { Estate } from "./estate.ts";
import { podProof } from "./pod-proof.ts";

/** Every way to know whether a holder elsewhere still lives, the nearest to its processes first: a job that is called ended may have a pod that is not. */
export function proofsOf(estate: Estate): readonly ProofOfLife[] {
  return [podProof(estate), ciProof(estate)];
}
