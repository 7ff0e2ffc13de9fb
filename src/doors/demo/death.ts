import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "../../base/problem/index.ts";
import { killSession } from "../../base/process/index.ts";
import { checkpointOf, cloudLines, engineSessions, gitLedger, locksLeft, type CloudLine } from "./evidence.ts";
import { branchWith, merge, run, type Stage } from "./story.ts";
import { edit, trueup, type World } from "./world.ts";

/** What a run left behind that was killed, read before anybody else came. */
export interface Death {
  /** As the ledger's lease names it. */
  readonly run: string;
  /** Ids of what the cloud had made of the create that was under way. */
  readonly made: readonly string[];
  /** Whether the engine's state had it among its resources. */
  readonly known: boolean;
  /** Operations in the state that never ended. */
  readonly pending: number;
}

export const replicaName = "shop-replica";
const replica = `new aws.rds.Instance("${replicaName}", {
    replicateSourceDb: instance.identifier,
    instanceClass: args.size,
    storageEncrypted: true,
    skipFinalSnapshot: true,
    tags: tags("shop-db", disposable),
  });`;

const latest = 120_000;
/** Longer than anybody looks on: it ends when the engine is gone. */
const slowMs = 300_000;

const isReplica = ({ op, urn }: CloudLine): boolean => op === "create" && urn.endsWith(`::${replicaName}`);

async function until<T>({ interrupts }: World, what: string, look: () => Promise<T | undefined>): Promise<T> {
  for (const ends = performance.now() + latest; performance.now() < ends && interrupts?.signal.aborted !== true; await sleep(50)) {
    const found = await look();
    if (found !== undefined) return found;
  }
  throw new Problem("INTERNAL", { what: `${what} did not come`, on: "the demo", todo: "Run the demo again; see what the apply said above." });
}

async function replicaLines(world: World, phase: CloudLine["phase"]): Promise<readonly CloudLine[] | undefined> {
  const lines = (await cloudLines(world)).filter((line) => isReplica(line) && line.phase === phase);
  return lines.length === 0 ? undefined : lines;
}

/** What a machine that loses its power does: the runner and its engine end at once, without a word. What was asked of the cloud goes on there. */
async function killAll(world: World, runner: number): Promise<void> {
  process.kill(runner, "SIGKILL");
  await Promise.all((await engineSessions(world)).map((session) => killSession(session)));
}

async function leftBy(world: World): Promise<Death> {
  const made = await until(world, "the replica", () => replicaLines(world, "commit"));
  const { resources = [], pending_operations = [] } = await checkpointOf(world, "dev.shop-db");
  const { lease } = (await gitLedger(world)).record;
  const known = resources.some(({ urn }) => urn.endsWith(`::${replicaName}`));
  return { run: lease?.run ?? "nobody", made: made.map(({ id }) => id), known, pending: pending_operations.length };
}

async function killedApply(stage: Stage): Promise<void> {
  const { world, tell } = stage;
  await run(stage, "cloud", "fault", "add", "latency", "--op", "create", "--type", "aws:rds/instance:Instance", "--latency", String(slowMs), "--times", "1");
  tell("\n$ trueup apply dev\n");
  const pid = Promise.withResolvers<number>();
  const applying = trueup(world, ["apply", "dev"], { tell, onPid: pid.resolve });
  await Promise.race([
    until(world, "the create", () => replicaLines(world, "begin")),
    applying.then(() => {
      throw new Problem("INTERNAL", { what: "the apply ended before it could be killed", on: "the demo", todo: "Run the demo again; see what it said above." });
    }),
  ]);
  await killAll(world, await pid.promise);
  await applying;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** The next run, and how long after the death it was at work. */
async function nextRun(stage: Stage, diedMs: number): Promise<void> {
  let said = "";
  let atWorkMs: number | undefined;
  const tell = (text: string): void => {
    said += text;
    if (atWorkMs === undefined && said.includes("took the lease over")) atWorkMs = performance.now() - diedMs;
    stage.tell(text);
  };
  await run({ world: stage.world, tell }, "apply", "dev");
  const work = atWorkMs === undefined ? "nobody took the lease over" : `the environment was in work again after ${seconds(atWorkMs)}`;
  stage.tell(`\nFrom the death on: ${work}, and done after ${seconds(performance.now() - diedMs)}.\n`);
}

/** Undefined when nobody was killed. */
export async function killed(stage: Stage): Promise<Death | undefined> {
  const { world, tell } = stage;
  stage.title("Act 5: the runner is killed with -9 in the middle of a create; the next one finishes by itself");
  await branchWith(world, "replica", {
    title: "A read replica of the shop's database",
    edits: () => edit(world, "stacks/shop-db/database.ts", { from: "  return { instance, password };", to: `  ${replica}\n  return { instance, password };` }),
  });
  await merge(world, "replica", "Merge: a read replica of the shop's database");
  tell("\nA change gives the shop's database a read replica. The cloud is told to be slow at it.\n");
  if (stage.mutation === "kill") {
    await run(stage, "apply", "dev");
    return undefined;
  }
  await killedApply(stage);
  const diedMs = performance.now();
  const death = await leftBy(world);
  tell(
    [
      "",
      "  kill -9: runner and engine are gone.",
      `  Left behind: the lease of run ${death.run}; ${await locksLeft(world)} lock of the engine; ${death.made.join(", ")}, which the cloud had just made`,
      `  and of which the state knows only that a create began. Plain Pulumi would warn, go on, and make a second one.`,
      "",
    ].join("\n"),
  );
  await nextRun(stage, diedMs);
  return death;
}
