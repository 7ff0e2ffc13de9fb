import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { thisHost } from "../../src/base/host/index.ts";
import { processFacts } from "../../src/base/process/index.ts";
import { driven } from "./driven.ts";
import { hostContract, type HostSubject, type Sleeper } from "./host-contract.ts";
import { SimHost } from "./parts/host.ts";
import { randomOf } from "./parts/random.ts";
import { Scheduler } from "./parts/scheduler.ts";

async function realHost(): Promise<HostSubject> {
  const folder = mkdtempSync(join(tmpdir(), "trueup-host-"));
  const sleeper = async (): Promise<Sleeper> => {
    const child = spawn("sleep", ["600"], { detached: true, stdio: "ignore" });
    const ended = once(child, "exit");
    const pid = child.pid ?? 0;
    // Until it is the program that it is to be it may still be in its parent's session.
    while (processFacts(pid)?.session !== pid) await sleep(1);
    return {
      pid,
      hold: async () => {
        process.kill(pid, "SIGSTOP");
        while (processFacts(pid)?.state !== "T") await sleep(1);
      },
      end: async () => {
        child.kill("SIGKILL");
        await ended;
      },
    };
  };
  return { host: thisHost, neighbour: thisHost, sleeper, folder, close: async () => rmSync(folder, { recursive: true, force: true }) };
}

async function simulatedHost(): Promise<HostSubject> {
  const scheduler = new Scheduler(randomOf(1, 1));
  const machine = new SimHost("host-0", { scheduler, random: randomOf(1, 2), epochMs: 0 });
  const [one, other] = [machine.start("one", "runner", () => undefined), machine.start("other", "runner", () => undefined)];
  const time = driven(scheduler);
  return {
    host: machine.as(one),
    neighbour: machine.as(other),
    folder: "/simulated",
    sleeper: async () => {
      const process = machine.start("sleeper", "engine", () => undefined);
      return { pid: process.pid, hold: async () => void (process.state = "paused"), end: async () => machine.end(process) };
    },
    close: () => time.close(),
  };
}

hostContract("simulated", simulatedHost);
hostContract("real", realHost);
