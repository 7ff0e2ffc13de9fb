import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeAgentEstate, stackCount, type AgentEstate } from "./agent-estate.ts";
import { median } from "./sample.ts";

const repository = join(import.meta.dirname, "../..");
/** Short, so that many looks fit into a minute; what one look costs does not depend on it. */
const intervalS = 5;
const usualIntervalS = 60;
const looksMeasured = 8;
const merges = 5;
const ticksPerSecond = 100;

interface Cost {
  readonly residentMb: number;
  readonly childrenMb: number;
  readonly cpuSeconds: number;
}

interface Row {
  readonly parent: number;
  readonly cpuTicks: number;
  readonly residentMb: number;
}

function rowOf(pid: number): Row | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // utime, stime, and those of children that have ended (git).
    const cpuTicks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0);
    const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return { parent: Number(fields[1]), cpuTicks, residentMb: Number(resident ?? 0) / 1000 };
  } catch {
    return undefined;
  }
}

function childrenOf(pid: number): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function costOf(pid: number): Cost {
  const own = rowOf(pid);
  if (own === undefined) throw new Error("the agent has ended");
  const children = childrenOf(pid).flatMap((child) => rowOf(child) ?? []);
  return {
    residentMb: own.residentMb,
    childrenMb: children.reduce((sum, { residentMb }) => sum + residentMb, 0),
    cpuSeconds: (own.cpuTicks + children.reduce((sum, { cpuTicks }) => sum + cpuTicks, 0)) / ticksPerSecond,
  };
}

interface Agent {
  readonly child: ChildProcess;
  readonly pid: number;
  looks(): Promise<number>;
  stop(): Promise<void>;
}

/** Over HTTP, as Prometheus does: that costs the agent something too, and is part of what is measured. */
function looksAt(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, path: "/metrics" }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
      response.on("end", () => resolve(Number(/^trueup_agent_passes_total\{.*result="good"\} (\d+)$/m.exec(text)?.[1] ?? 0)));
    });
    asked.on("error", reject);
    asked.end();
  });
}

async function startAgent(estate: AgentEstate): Promise<Agent> {
  const port = 20_000 + Math.floor(Math.random() * 20_000);
  const args = ["agent", "--env", "dev", "--interval", String(intervalS), "--listen", `127.0.0.1:${port}`, "--log", "json"];
  // As in deploy/.
  const child = spawn(
    process.execPath,
    ["--max-semi-space-size=2", "--disable-warning=ExperimentalWarning", join(repository, "src/doors/cli/main.ts"), ...args],
    {
      cwd: estate.clone,
      env: { ...estate.variables },
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => (said = (said + chunk.toString("utf8")).slice(-4_000)));
  const ended = new Promise<void>((resolve) => void child.once("close", () => resolve()));
  const looks = async (): Promise<number> => {
    if (child.exitCode !== null) throw new Error(`the agent has ended: ${said}`);
    return looksAt(port).catch(() => 0);
  };
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await ended;
  };
  return { child, pid: child.pid ?? 0, looks, stop };
}

async function untilLooks(agent: Agent, atLeast: number): Promise<number> {
  for (let waited = 0; waited < 120_000; waited += 200) {
    const looks = await agent.looks();
    if (looks >= atLeast) return looks;
    await sleep(200);
  }
  throw new Error(`the agent did not look ${atLeast} times`);
}

/** From the end of the push to the first engine process that previews or applies. Milliseconds. */
async function mergeToEngine(estate: AgentEstate, size: number): Promise<number> {
  await estate.merge(size);
  const pushed = Date.now();
  for (let waited = 0; waited < 60_000; waited += 50) {
    const lines = readFileSync(estate.engineLog, "utf8").split("\n");
    const at = lines.flatMap((line) => (/^\d+ .*\b(preview|up|refresh)\b/.test(line) ? [Number(line.split(" ")[0])] : [])).find((one) => one >= pushed);
    if (at !== undefined) return at - pushed;
    await sleep(50);
  }
  throw new Error("no engine was started for a merge");
}

/** What an agent costs that has nothing to do, and how soon it begins when it has. Markdown. */
export async function agentReport(tell: (line: string) => void): Promise<string> {
  const estate = await makeAgentEstate();
  try {
    const agent = await startAgent(estate);
    const first = await untilLooks(agent, 3);
    const [before, began] = [costOf(agent.pid), performance.now()];
    const last = await untilLooks(agent, first + looksMeasured);
    const [after, seconds] = [costOf(agent.pid), (performance.now() - began) / 1000];
    const perLook = (after.cpuSeconds - before.cpuSeconds) / (last - first);
    const share = perLook / usualIntervalS;
    tell(`  agent, idle: ${after.residentMb.toFixed(0)} MB, ${(perLook * 1000).toFixed(0)} ms CPU per look`);
    const waits: number[] = [];
    for (let size = 2; size < 2 + merges; size++) {
      await sleep(Math.random() * intervalS * 1000);
      waits.push(await mergeToEngine(estate, size));
      tell(`  merge to engine: ${waits.at(-1)} ms`);
      await untilLooks(agent, (await agent.looks()) + 4);
    }
    const worked = costOf(agent.pid);
    await agent.stop();
    return words({ after, perLook, share, seconds, looks: last - first, waits, worked });
  } finally {
    await estate.remove();
  }
}

interface Found {
  readonly after: Cost;
  readonly perLook: number;
  readonly share: number;
  readonly seconds: number;
  readonly looks: number;
  readonly waits: readonly number[];
  /** Right after the last apply. */
  readonly worked: Cost;
}

const met = (isMet: boolean): string => (isMet ? "**met**" : "**missed**");

function words({ after, perLook, share, seconds, looks, waits, worked }: Found): string {
  const worst = Math.max(...waits) / 1000;
  const most = intervalS + 2;
  return [
    `### Agent: one environment of ${stackCount} known stacks, on a forge, idle`,
    "",
    "| what | aim | measured | |",
    "|---|---|---|---|",
    `| resident memory of the agent | ≤ 200 MB | ${after.residentMb.toFixed(0)} MB (its git process: ${after.childrenMb.toFixed(0)} MB more) | ${met(after.residentMb <= 200)} |`,
    `| CPU at an interval of ${usualIntervalS} s | ≤ 1 % of a core | ${(share * 100).toFixed(2)} % | ${met(share <= 0.01)} |`,
    `| merge pushed → first engine process started, interval ${intervalS} s | ≤ ${most} s | worst ${worst.toFixed(1)} s, median ${(median(waits) / 1000).toFixed(1)} s of ${waits.length} | ${met(worst <= most)} |`,
    "",
    `- CPU is measured over ${looks} looks in ${seconds.toFixed(0)} s at an interval of ${intervalS} s (${((perLook * looks * 100) / seconds).toFixed(1)} % there): ${(perLook * 1000).toFixed(0)} ms a look, git's processes included, and extrapolated by assuming that between two looks nothing is done.`,
    `- Right after an apply it has ${worked.residentMb.toFixed(0)} MB, and ${worked.childrenMb.toFixed(0)} MB in git and the servers of the engine (program host, sandbox cloud), which it keeps for two minutes for what may come next.`,
    "- All stacks but the first are written into the ledger as live, with the digests that planning computes, instead of being applied one by one; remote and forge are on this machine, so that the network's part is missing in the last row. A merge is a push that nobody previewed: what a preview by the same agent evaluated is not evaluated again.",
  ].join("\n");
}
