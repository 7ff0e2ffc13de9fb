import { setTimeout as sleep } from "node:timers/promises";
import { sessionMembers } from "../../src/base/process/index.ts";
import type { Home } from "./estate.ts";

export async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  for (const ends = performance.now() + 60_000; performance.now() < ends; await sleep(50)) {
    const found = await look().catch(() => undefined);
    if (found !== undefined) return found;
  }
  throw new Error(`${what} did not come`);
}

/** The sessions of engines that act, as the runner's journal has them. */
export async function acting(home: Home): Promise<readonly number[]> {
  const lines = (await home.sessions()).split("\n").filter((line) => line !== "");
  return lines
    .map((line) => JSON.parse(line) as { session?: number; stack?: string })
    .flatMap((one) => (one.session !== undefined && one.stack !== undefined ? [one.session] : []));
}

export function killEngine(session: number): void {
  for (const member of sessionMembers(session)) process.kill(member, "SIGKILL");
}
