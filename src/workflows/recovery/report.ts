import type { RecoveryReport } from "../../domain/reports/index.ts";
import type { LeftRun } from "../ledger/index.ts";
import type { Mended } from "./mend.ts";
import type { Recovery } from "./recover.ts";

function happenedTo({ holder, steps, sessions }: LeftRun): string {
  const who = holder === undefined ? "a run" : `run ${holder.run}, process ${holder.pid} on ${holder.host},`;
  const last = steps.at(-1);
  const stacks = [...new Set(sessions.flatMap(({ stack }) => stack ?? []))];
  const at =
    last === undefined ? "" : `; the last thing its engine told: ${last.operation} ${last.urn} ${last.phase}${last.id === undefined ? "" : ` as ${last.id}`}`;
  return `${who} died${stacks.length === 0 ? " before it ran a stack" : ` while it worked on ${stacks.join(", ")}`}${at}`;
}

/** What the ledger of an environment says never ended. */
function unended({ live, stacks }: Recovery): string[] {
  const names = new Set(stacks.map(({ stack }) => stack));
  return Object.entries(live?.stacks ?? {})
    .filter(([name, { result }]) => names.has(name) && result === "applying")
    .map(([name, { run, commit, since }]) => `${name}: run ${run ?? "?"} began to apply ${commit?.slice(0, 7) ?? "?"} at ${since} and never said how it ended`);
}

function stackReport({ stack, pulumiStack, found, locked, problem }: Mended): RecoveryReport["stacks"][number] {
  const locks = locked.map(({ user, host, pid, since }) => ({ user, host, pid, since }));
  return {
    name: stack,
    pulumiStack,
    found: found.map(({ urn, operation, kind, id, because }) => ({ urn, operation, kind, because, ...(id === undefined ? {} : { id }) })),
    lockedBy: locks,
    ...(problem === undefined ? {} : { problem: { code: problem.code, what: problem.what, on: problem.on, todo: problem.todo } }),
  };
}

/** A recovery in the words of reports. */
export function recoveryReportOf(done: Recovery): RecoveryReport {
  return {
    environment: done.environment,
    commit: done.head,
    ...(done.run === undefined ? {} : { run: done.run }),
    happened: [...done.left.map(happenedTo), ...unended(done)],
    stacks: done.stacks.map(stackReport),
  };
}
