import { join } from "node:path";
import { openCloud, type Cloud } from "../../satellites/sandbox-cloud/index.ts";
import type { Estate } from "./estate.ts";

/** What a creation is known by. */
export interface Making {
  readonly urn: string;
  readonly type: string;
  /** Milliseconds since 1970 before which it was not begun; undefined: not known. */
  readonly sinceMs: number | undefined;
}

/** Ids of the objects that a cloud says a creation made; undefined: this cloud cannot say of this type. */
export type CloudList = (making: Making) => Promise<readonly string[] | undefined>;

/** A server whose engine died finishes what it had begun at once. */
const endsWithinMs = 3_000;
const lookEveryMs = 100;
const slackMs = 2_000;

function isOpen(cloud: Cloud, { urn, sinceMs = 0 }: Making): boolean {
  const lines = cloud.ledger().filter((line) => line.urn === urn && line.op === "create" && Date.parse(line.time) >= sinceMs - slackMs);
  const ended = new Set(lines.filter((line) => line.phase !== "begin").map((line) => line.operation));
  return lines.some((line) => !ended.has(line.operation));
}

/**
 * The sandbox cloud knows which urn made each of its objects. Real clouds have no such list for all of their types: there what never ended is told by
 * the journal, by the object's name, or by a person.
 */
export function sandboxList({ work, clock }: Pick<Estate, "work" | "clock">): Estate["cloudList"] {
  return (environment) => (environment.cloud === "sandbox" ? listOf(openCloud(join(work, "cloud")), clock) : async () => undefined);
}

function listOf(cloud: Cloud, clock: Estate["clock"]): CloudList {
  return async (making) => {
    const { urn, type, sinceMs = 0 } = making;
    // Objects of dynamic providers are wherever their code put them.
    if (type.startsWith("pulumi-nodejs:")) return undefined;
    const until = clock.monotonicMs() + endsWithinMs;
    while (isOpen(cloud, making) && clock.monotonicMs() < until) await clock.sleep(lookEveryMs);
    return cloud
      .list()
      .filter((one) => one.createdBy === urn && Date.parse(one.createdAt) >= sinceMs - slackMs)
      .map(({ id }) => id);
  };
}
