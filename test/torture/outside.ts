import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { FaultRule } from "../../src/satellites/sandbox-cloud/index.ts";
import { cloudLines, type CloudLine } from "./evidence.ts";
import { send } from "./processes.ts";
import { atMoment, met, type Injector, type Scene } from "./scene.ts";
import { land, type World } from "./world.ts";

const isStruck = (lines: readonly CloudLine[], op: FaultRule["op"]): boolean => lines.some((line) => line.phase === "begin" && line.op === (op ?? line.op));

/** The first such call of the cloud goes wrong. */
const cloudCall =
  (ruleOf: (scene: Scene) => FaultRule, variables: Readonly<Record<string, string>> = {}): Injector =>
  async (scene) => {
    const { world, start } = scene;
    const rule = ruleOf(scene);
    const { id } = world.home.cloud.fault.add({ times: 1, ...rule });
    const runner = start(variables);
    const from = cloudLines(world).length;
    await runner.ended;
    world.home.cloud.fault.clear(id);
    return { injected: isStruck(cloudLines(world).slice(from), rule.op) };
  };

export const cloudRefuses: Injector = cloudCall(({ fault }) => ({ kind: fault.dice[0] < 0.5 ? "fail-before" : "throttle" }));
export const cloudHalf: Injector = cloudCall(({ fault }) => ({ kind: "partial", op: fault.dice[0] < 0.7 ? "create" : "update" }));
export const cloudAnswerLost: Injector = cloudCall(() => ({ kind: "fail-after" }));
export const cloudHangs: Injector = cloudCall(() => ({ kind: "hang" }), { TRUEUP_APPLY_DEADLINE: "12s" });

const told = (world: World, what: "refuse" | "hang"): string => join(world.home.remote, what);

export const remoteRefuses: Injector = async ({ world, fault, start }) => {
  const runner = start();
  await met(runner, fault);
  const { pushes } = runner.sight();
  await writeFile(told(world, "refuse"), "");
  await runner.ended;
  await rm(told(world, "refuse"));
  return { injected: runner.sight().pushes > pushes };
};

const inPushMs = 20_000;

/** A push that is under way when its sender dies arrives all the same, later. */
export const remoteHangs: Injector = async ({ world, fault, start }) => {
  const runner = start();
  await met(runner, fault);
  const { pushes } = runner.sight();
  await writeFile(told(world, "hang"), "");
  const until = Date.now() + inPushMs;
  const injected = await runner.until((sight) => sight.pushes > pushes || Date.now() > until);
  const isDead = injected && !runner.isOver && fault.dice[0] < 0.5 && send(runner.pid, "SIGKILL");
  await sleep(fault.dice[1] * 1_500);
  await rm(told(world, "hang"));
  await runner.ended;
  return { injected: injected && runner.sight().pushes > pushes, isDead };
};

export const remoteGone: Injector = atMoment(async (_runner, { world, fault }) => {
  const { remote } = world.home;
  await rename(remote, `${remote}.gone`);
  await sleep(200 + fault.dice[0] * 3_000);
  await rename(`${remote}.gone`, remote);
  return true;
});

export const branchMoves: Injector = atMoment(async (_runner, { world, fault, note }) => {
  const head = await land(world, Math.floor(fault.dice[0] * 2 ** 31), 1);
  note(`somebody merges ${head.slice(0, 7)}`);
  return true;
});
