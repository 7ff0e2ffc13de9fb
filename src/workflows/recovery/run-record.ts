import { actorOf, type Estate } from "../estate/index.ts";
import type { RunRecord } from "../ledger/index.ts";
import type { Recovery } from "./recover.ts";

interface About {
  readonly estate: Estate;
  readonly startedAt: Date;
  readonly fencing: number;
}

/** `runs/<id>.json` of a recovery. */
export function recoveryRecord(done: Recovery, { estate, startedAt, fencing }: About): RunRecord {
  const { problem } = done;
  return {
    schema: 1,
    id: done.run ?? "",
    kind: "recover",
    environment: done.environment,
    commit: done.head,
    mergedBy: actorOf(estate.machine),
    approvals: [],
    startedAt: startedAt.toISOString(),
    endedAt: estate.clock.now().toISOString(),
    result: problem === undefined ? "good" : "refused",
    fencing,
    overrides: [],
    timings: {},
    versions: {},
    problem: problem === undefined ? null : { code: problem.code, what: problem.what, on: problem.on, todo: problem.todo },
    units: [],
    recovered: done.stacks.flatMap(({ found }) => found),
  };
}

/** `dev: recovered machines (1 operation, 1 lock); app: left to a person` */
export function recoverySentence({ environment, stacks }: Recovery): string {
  const parts = stacks.flatMap(({ stack, found }) => {
    const locks = found.filter(({ kind }) => kind === "unlock").length;
    const states = found.filter(({ kind }) => kind === "restore").length;
    const riddles = found.filter(({ kind }) => kind === "quarantine").length;
    const ended = found.length - locks - riddles - states;
    const counted = (count: number, word: string): string[] => (count === 0 ? [] : [`${count} ${word}${count === 1 ? "" : "s"}`]);
    const done = [...counted(states, "state"), ...counted(ended, "operation"), ...counted(locks, "lock")];
    return [
      ...(done.length === 0 ? [] : [`recovered ${stack} (${done.join(", ")})`]),
      ...(riddles === 0 ? [] : [`${stack}: ${counted(riddles, "operation").join("")} left to a person`]),
    ];
  });
  return `${environment}: ${parts.length === 0 ? "ended what dead runs left running" : parts.join("; ")}`;
}
