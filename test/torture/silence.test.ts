import { spawn } from "node:child_process";
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test, vi } from "vitest";
import { applyEnvironment } from "../../src/workflows/apply/index.ts";
import { leaseTimes } from "../../src/workflows/ledger/lease.ts";
import { engine, Home, isFull } from "../journeys/estate.ts";
import { wholePicture } from "../journeys/evidence.ts";
import { onHost } from "./another-host.ts";
import { midway } from "./check.ts";
import { send } from "./processes.ts";
import { isDone, landModel, newWorld, removePrepared, type World } from "./world.ts";

vi.setConfig({ testTimeout: 400_000 });

/** Of the clocks of both hosts: an hour and ten minutes of silence take 105 s, and a holder stops itself after 10 s. */
const faster = 40;
const silenceMs = leaseTimes.lifetimeMs + leaseTimes.credentialLifeMs;
const runner = fileURLToPath(new URL("./other-runner.ts", import.meta.url));
const withShape = (world: World, shape: number): World["model"] => ({ base: { ...world.model["base"], wanted: { shape, revision: 1 } } });

/** Another host's clone: the remote, the backend and the cloud are the same, and nothing else is. */
async function cloneElsewhere(world: World): Promise<Home> {
  const there = new Home(join(world.home.folder, "elsewhere"));
  await world.home.git("clone", "--quiet", world.home.remote, there.clone);
  await symlink(world.home.remote, there.remote);
  await there.git("remote", "set-url", "origin", there.remote);
  await writeFile(join(there.clone, ".git/info/exclude"), "node_modules\n.trueup\n");
  await mkdir(join(there.clone, ".trueup"));
  for (const shared of ["node_modules", ".trueup/state", ".trueup/cloud"]) await symlink(join(world.home.clone, shared), join(there.clone, shared));
  return there;
}

interface Other {
  readonly pid: number;
  readonly ended: Promise<void>;
  said(): string;
}

function startOther(at: Home, stopsItself: boolean): Other {
  const args = ["--disable-warning=ExperimentalWarning", runner, at.folder, "another", String(faster), String(stopsItself)];
  const child = spawn(process.execPath, args, { cwd: at.clone, detached: true, stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString("utf8")));
  return { pid: child.pid ?? 0, ended: new Promise((done) => void child.once("close", () => done())), said: () => said };
}

interface Silence {
  /** The runner on the other host reaches the remote when it wakes. */
  readonly reaches: boolean;
  readonly stopsItself: boolean;
}

interface Woken {
  /** How the lease was taken over, and after how long a silence by the clock of who did. */
  readonly tookOver: string;
  readonly waitedMs: number;
  /** How the one that was held still ended. */
  readonly end: string;
  /** Of remote, ledger, cloud, states and locks nothing changed when it woke. */
  readonly isUntouched: boolean;
  readonly harms: readonly string[];
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  for (const ends = performance.now() + 120_000; performance.now() < ends; await sleep(20)) if (isSo()) return;
  throw new Error(`${what} did not come`);
}

/** Applies what the branch says by now on this host, which waits for whoever holds the lease. */
async function takesOver({ home }: World): Promise<Pick<Woken, "tookOver" | "waitedMs">> {
  const heard: { readonly text: string; readonly atMs: number }[] = [];
  const estate = onHost(await home.open(), { name: "this", faster, stopsItself: true });
  const atMs = (): number => estate.clock.monotonicMs();
  const observe: typeof estate.observe = (one) => void (one.kind === "step" && heard.push({ text: one.text, atMs: atMs() }));
  const { end } = await applyEnvironment({ ...estate, observe }, { environment: "dev", all: false, waitMs: 2 * silenceMs });
  expect(end).toBe("good");
  const [waits, took] = [/^waiting at most/, /^took the lease over/].map((words) => heard.find(({ text }) => words.test(text)));
  await home.close();
  return { tookOver: took?.text ?? "", waitedMs: (took?.atMs ?? 0) - (waits?.atMs ?? 0) };
}

/** A runner is held still right before its engine would act, for longer than anybody waits; another takes over, and does what is newer; then the first wakes. */
async function woken({ reaches, stopsItself }: Silence): Promise<Woken> {
  const world = await newWorld(1);
  const elsewhere = await cloneElsewhere(world);
  await landModel(world, withShape(world, 90));
  const other = startOther(elsewhere, stopsItself);
  try {
    await until("the runner elsewhere", () => other.said().includes("about to act"));
    process.kill(other.pid, "SIGSTOP");
    await landModel(world, withShape(world, 91));
    const taken = await takesOver(world);
    expect([await isDone(world), await midway(world)]).toEqual([true, []]);
    const before = await wholePicture(world.home);
    if (!reaches) await rm(elsewhere.remote);
    process.kill(other.pid, "SIGCONT");
    await other.ended;
    const isUntouched = JSON.stringify(await wholePicture(world.home)) === JSON.stringify(before);
    const end = /ended: (.*)/.exec(other.said())?.[1] ?? "without a word";
    return { ...taken, end, isUntouched, harms: [...new Set((await midway(world)).map(({ harm }) => harm))] };
  } finally {
    send(other.pid, "SIGKILL");
    await other.ended;
    await world.home.remove();
  }
}

/** Nobody can say whether a holder on another host is dead: what protects is that it stops itself long before anybody may take its place. */
describe.skipIf(engine === undefined || !isFull)("a runner on another host that is held still", () => {
  afterAll(removePrepared);
  const took = expect.stringMatching(/^took the lease over from run \S+: no sign of it for 7\d minutes$/) as unknown;

  test.concurrent.each([true, false])(
    "loses its lease by silence alone, and when it wakes stops itself and writes nothing; it reaches the remote: %s",
    async (reaches) => {
      const { waitedMs, ...rest } = await woken({ reaches, stopsItself: true });
      expect(rest).toEqual({ tookOver: took, end: "LEASE_LOST", isUntouched: true, harms: [] });
      expect(waitedMs).toBeGreaterThan(0.95 * silenceMs);
    },
  );

  test.concurrent("control: where it does not stop itself, it undoes what was applied since", async () => {
    const { end, isUntouched, harms } = await woken({ reaches: false, stopsItself: false });
    expect({ end, isUntouched, harms }).toEqual({ end: "REMOTE_UNREACHABLE", isUntouched: false, harms: ["untrue"] });
  });
});
