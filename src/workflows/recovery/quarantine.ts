import { Problem } from "../../base/problem/index.ts";
import type { Recovered } from "../ledger/index.ts";

type Riddle = Pick<Recovered, "urn" | "operation" | "id" | "because">;

/** The exact commands by which a person who has looked says how it is. What is not known of one of them keeps the answers to the others from being used. */
function waysOut(environment: string, stack: string, riddles: readonly Riddle[]): string {
  const command = `trueup recover ${environment} ${stack}`;
  const exist = riddles.map(({ urn, id }) => `--exists '${urn}=${id ?? "ID"}'`).join(" ");
  if (riddles.length > 1) return `Say of each of them, in one command, that it exists or (--absent 'URN') that it does not: ${command} ${exist}.`;
  return `If it exists: ${command} ${exist}. If it does not: ${command} --absent '${riddles[0]?.urn ?? ""}'.`;
}

/** Why a stack stays as it is until a person has looked. Going on could make a second object, or leave one that nobody knows of. */
export function quarantined(environment: string, stack: string, riddles: readonly Riddle[]): Problem | undefined {
  const [first] = riddles;
  if (first === undefined) return undefined;
  const count = riddles.length === 1 ? "1 operation never ended" : `${riddles.length} operations never ended, the first`;
  return new Problem("PENDING_OPERATIONS", {
    what: `${count}: ${first.operation} ${first.urn}; ${first.because}`,
    on: `${environment}.${stack}`,
    todo: `Nothing of it was touched. Look in the cloud. ${waysOut(environment, stack, riddles)} What is known: trueup recover ${environment} ${stack} --explain. Then: trueup apply ${environment}`,
  });
}
