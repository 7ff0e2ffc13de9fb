import { join } from "node:path";
import type { Cloud } from "../../satellites/sandbox-cloud/index.ts";
import type { Listed } from "../../domain/recovery/index.ts";
import type { Estate } from "./estate.ts";

/** What a creation is known by. */
export interface Making {
  readonly urn: string;
  readonly type: string;
  /** Milliseconds since 1970 before which it was not begun; undefined: not known. */
  readonly sinceMs: number | undefined;
}

/** What a cloud says that a creation made. */
export type CloudList = (making: Making) => Promise<Listed>;

/** A server whose engine died finishes what it had begun at once. */
const endsWithinMs = 3_000;
const lookEveryMs = 100;
const slackMs = 2_000;

/** What is asked of a cloud that knows what it made: its requests, in order, and its objects. */
export interface TellingCloud {
  ledger(): readonly Pick<ReturnType<Cloud["ledger"]>[number], "urn" | "op" | "time" | "phase" | "operation" | "writer">[];
  list(): readonly Pick<ReturnType<Cloud["list"]>[number], "id" | "createdBy" | "createdAt">[];
}

type Line = ReturnType<TellingCloud["ledger"]>[number];

/** Creations of it that were begun and have not ended. */
function open(cloud: TellingCloud, { urn }: Making): readonly Line[] {
  const lines = cloud.ledger().filter((line) => line.urn === urn && line.op === "create");
  const ended = new Set(lines.filter((line) => line.phase !== "begin").map((line) => line.operation));
  return lines.filter((line) => !ended.has(line.operation));
}

/** `16237 127.0.0.1:39698`: the server that was asked, and by whom. */
const serverOf = ({ writer = "" }: Line): number => Number(writer.split(" ", 1)[0]);

/**
 * The sandbox cloud knows which urn made each of its objects. Real clouds have no such list for all of their types: there what never ended is told by
 * the journal, by the object's name, or by a person.
 */
export function sandboxList({ work, clock, host }: Pick<Estate, "work" | "clock" | "host">): Estate["cloudList"] {
  const isStill = (pid: number): boolean => /^[Tt]/.test(host.processes.facts(pid)?.state ?? "");
  return (environment) => {
    if (environment.cloud !== "sandbox") return async () => undefined;
    return async (making) => {
      // Who works on other clouds does not wait for this one to be loaded.
      const { openCloud } = await import("../../satellites/sandbox-cloud/index.ts");
      return listOf(openCloud(join(work, "cloud")), clock, isStill)(making);
    };
  };
}

/** `isStill`: whether a server is held still. What it has begun it ends when it wakes, whenever that is. */
export function listOf(cloud: TellingCloud, clock: Estate["clock"], isStill: (pid: number) => boolean = () => false): CloudList {
  return async (making) => {
    const { urn, type, sinceMs = 0 } = making;
    // Objects of dynamic providers are wherever their code put them.
    if (type.startsWith("pulumi-nodejs:")) return undefined;
    const until = clock.monotonicMs() + endsWithinMs;
    while (open(cloud, making).length > 0 && clock.monotonicMs() < until) await clock.sleep(lookEveryMs);
    if (open(cloud, making).some((line) => isStill(serverOf(line)))) return "open";
    const made = cloud.list().filter((one) => one.createdBy === urn);
    const sinceThen = made.filter((one) => Date.parse(one.createdAt) >= sinceMs - slackMs);
    // A clock that was set back makes new objects look old: only where there is none at all nothing was made.
    return (sinceThen.length > 0 ? sinceThen : made).map(({ id }) => id);
  };
}
