import { constants } from "node:fs";
import { open, readFile, rm } from "node:fs/promises";
import { runChild } from "../../../base/process/index.ts";
import { Satellites } from "../satellites.ts";
import { listenForEvents } from "../stream.ts";
import { surround } from "../surroundings.ts";
import { lineReader } from "./lines.ts";
import type { Beginning, Ended, Order, Said, Told } from "./order.ts";
import { put } from "./put.ts";

// The room in which code of a pull request runs: the engine, its providers, the program host and every program are children of this process, on
// one loopback. It knows nothing that they must not know. It ends with its stdin.

const longestLine = 512 * 1024 * 1024;
const longestFile = 1024 * 1024;
const drainMs = 5_000;

function say(message: Said): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

async function broughtBack(paths: readonly string[]): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const path of paths) {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => undefined);
    if (file === undefined) continue;
    try {
      const facts = await file.stat();
      if (facts.isFile() && facts.size <= longestFile) found[path] = await readFile(file, "utf8");
    } finally {
      await file.close();
    }
  }
  return found;
}

interface Room {
  readonly beginning: Beginning;
  readonly satellites: Satellites;
  readonly cancels: Map<number, (hard: boolean) => void>;
}

async function run({ beginning, satellites, cancels }: Room, id: number, order: Order): Promise<Ended> {
  for (const path of order.reads) await rm(path, { force: true });
  for (const [path, text] of Object.entries(order.writes)) await put(path, text);
  const located = { cli: beginning.located.cli, officialHost: beginning.located.officialHost };
  const { flags, more, path } = await surround({ ...beginning, located, satellites }, order);
  const stream = await listenForEvents((json) => say({ kind: "event", id, json }));
  const [soft, hard] = [new AbortController(), new AbortController()];
  cancels.set(id, (isHard) => (isHard ? hard : soft).abort());
  try {
    const child = await runChild([beginning.located.cli, ...order.args, ...flags, "--event-log", stream.address], {
      cwd: order.cwd,
      env: { ...order.env, PATH: path, ...more },
      deadlineMs: order.deadlineMs,
      graceMs: order.graceMs,
      outputCap: order.outputCap,
      signal: soft.signal,
      hardSignal: hard.signal,
      onDeadline: () => say({ kind: "deadline", id }),
    });
    await stream.drained(drainMs);
    return { child, opened: stream.opened(), files: await broughtBack(order.reads) };
  } finally {
    cancels.delete(id);
    stream.close();
  }
}

function begin(beginning: Beginning): Room {
  const satellites = new Satellites(beginning.satellites);
  // Whatever comes first will want them; what goes wrong here goes wrong there again, and is told.
  const warming = [...(beginning.programHost === "pulumi" ? [] : [satellites.host()]), satellites.providers(), satellites.launchers()];
  void Promise.allSettled(warming);
  return { beginning, satellites, cancels: new Map() };
}

let room: Room | undefined;

function take(line: string): void {
  if (room === undefined) {
    room = begin(JSON.parse(line) as Beginning);
    return;
  }
  const told = JSON.parse(line) as Told;
  if (told.kind === "cancel") return room.cancels.get(told.id)?.(told.hard);
  const { id, order } = told;
  run(room, id, order).then(
    (ended) => say({ kind: "ended", id, ...ended }),
    (error: unknown) => say({ kind: "failed", id, why: error instanceof Error ? error.message : String(error) }),
  );
}

process.stdin.on("data", lineReader(longestLine, take));
process.stdin.on("end", () => void (room?.satellites.stop() ?? Promise.resolve()).finally(() => process.exit(0)));
