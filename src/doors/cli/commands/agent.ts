import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "../../../base/problem/index.ts";
import { agentPass, type Done, type Watch } from "../../../workflows/agent/index.ts";
import { forgeOf, type Estate } from "../../../workflows/estate/index.ts";
import type { CommandContext, CommandSpec, Given } from "../command.ts";
import { numberFlag, withEstate } from "../work.ts";

const usualSeconds = 60;
/** Agents that were started together must not ask the host together. */
const jitter = 0.1;

function environmentsOf(flags: Given): readonly string[] {
  const given = flags["env"];
  if (Array.isArray(given) && given.length > 0) return given.map(String);
  throw new Problem("USAGE", {
    what: "no environment was named",
    on: "the command line",
    todo: "Name those of one trust boundary: trueup agent --env dev staging",
  });
}

/** What goes on being wrong is said once, and again when the words change: an agent looks every minute. */
function sayOnce(say: (text: string) => void): (key: string, text: string, isNews: boolean) => void {
  const told = new Map<string, string>();
  return (key, text, isNews) => {
    if (isNews || told.get(key) !== text) say(`${new Date().toISOString()} ${text}`);
    if (isNews) told.delete(key);
    else told.set(key, text);
  };
}

function lineOf({ what, on, problem }: Done): string {
  return `${what} ${on}: ${problem === undefined ? "done" : problem.lines.join(" · ")}`;
}

/** A pass that fails as a whole (no network, a forge that is down) is told once per change of words, and tried again. */
async function pass(estate: Estate, watch: Watch, say: ReturnType<typeof sayOnce>): Promise<void> {
  try {
    await agentPass(estate, watch, (done) => say(`${done.what} ${done.on}`, lineOf(done), done.problem === undefined));
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
    say("pass", thrown.lines.join(" · "), false);
  }
}

async function watchOver(estate: Estate, context: CommandContext, flags: Given): Promise<number> {
  const { interrupts } = context;
  const say = sayOnce(context.say);
  const seconds = numberFlag(flags, "interval", 5) ?? usualSeconds;
  const watch: Watch = { environments: environmentsOf(flags), forge: await forgeOf(estate), ...interrupts, seen: new Map(), read: new Set() };
  for (let passes = 1; ; passes++) {
    await pass(estate, watch, say);
    if (flags["once"] === true || interrupts.signal.aborted) return passes;
    const waitMs = seconds * 1000 * (1 - jitter + 2 * jitter * Math.random());
    await sleep(waitMs, undefined, { signal: interrupts.signal }).catch(() => undefined);
    if (interrupts.signal.aborted) return passes;
  }
}

export const agentCommand: CommandSpec = {
  name: "agent",
  summary: "look after environments: previews, comments, merges and drift, by polling; no database, no inbound network",
  flags: [
    ["--env <names...>", "the environments of one trust boundary"],
    ["--interval <seconds>", `between two looks (default: ${usualSeconds})`],
    ["--once", "one look, then end"],
  ],
  async run(context, _args, flags) {
    return withEstate(context, async (estate) => {
      const passes = await watchOver(estate, context, flags);
      return { kind: "Agent", data: { passes }, text: `looked ${passes} time${passes === 1 ? "" : "s"}`, exitCode: 0 };
    });
  },
};
