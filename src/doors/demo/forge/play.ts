import { join } from "node:path";
import { asProblem } from "../../../base/problem/index.ts";
import type { Assertion } from "../assertions.ts";
import type { DemoOptions, DemoResult } from "../demo.ts";
import { judgeAtForge } from "./assertions.ts";
import { makeForgeWorld, pageOf, type ForgeWorld, type Host } from "./place.ts";
import { playAtForge } from "./story.ts";

export interface ForgeDemoOptions extends Omit<DemoOptions, "opening"> {
  readonly host: Host;
  /** Keeps the forge and its page up until this says so; it is given the page's address and the clone. */
  readonly keep?: (kept: { readonly page: string; readonly folder: string }) => Promise<void>;
}

const source = join(import.meta.dirname, "../../../..");

/** The busiest minute of pushes: hosts recommend a number. */
function mostPushesInAMinute({ forge }: ForgeWorld): number {
  const times = forge.events.filter(({ did }) => did === "git.push").map(({ at }) => at.getTime());
  return Math.max(0, ...times.map((from) => times.filter((time) => time >= from && time < from + 60_000).length));
}

/** Plays the story of a pull request through a forge of its own, with real git over HTTP, then reads everything back. */
export async function playForgeDemo(options: ForgeDemoOptions): Promise<DemoResult> {
  const { engine, machine, interrupts, mutation, host } = options;
  const started = performance.now();
  let printed = "";
  const tell = (text: string): void => {
    printed += text;
    options.tell(text);
  };
  const bold = (text: string): string => (options.color ? `\u001b[1m${text}\u001b[0m` : text);
  const world = await makeForgeWorld(host, { source, engine, machine, interrupts }, options.folder ?? join(source, ".trueup", `demo-${host}`));
  try {
    tell(
      `${bold(`trueup demo: a pull request's life, on a stand-in for ${host === "github" ? "GitHub" : "GitLab"} with real git over HTTP`)}\n\nLook on at ${world.forge.url}\n`,
    );
    const title = (text: string): void => tell(`\n${bold(`── ${text} ──`)}\n`);
    const told = await playAtForge({ world, mutation, tell, title });
    title("Read back from the forge, the ledger, the engine's own state export and the cloud's ledger");
    const assertions = await judgeAtForge(world, told, printed).catch((thrown: unknown): readonly Assertion[] => [
      { says: "the evidence can be read", holds: false, seen: asProblem(thrown, "demo").what },
    ]);
    for (const { says, holds, seen } of assertions) tell(`  ${holds ? "✔" : "✖"} ${says}  [${seen}]\n`);
    const asked = world.forge.requests.filter(({ purpose }) => !purpose.startsWith("git.") && purpose !== "page").length;
    tell(`\n  ${asked} requests of the API, at most ${mostPushesInAMinute(world)} pushes in a minute\n`);
    const seconds = (performance.now() - started) / 1000;
    await options.keep?.({ page: pageOf(world, told.number), folder: world.clone });
    return { assertions, seconds, folder: world.clone };
  } finally {
    await world.forge.close();
  }
}
