import { existsSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../../base/clock/index.ts";
import { Problem } from "../../../base/problem/index.ts";
import { Scrubber } from "../../../base/secret/index.ts";
import {
  Health,
  Metrics,
  News,
  readSettings,
  runAgent,
  Turns,
  watchedOf,
  type AgentSettings,
  type GivenSettings,
  type Tell,
} from "../../../workflows/agent/index.ts";
import type { CommandContext, CommandSpec, Given } from "../command.ts";
import { openWatchPost } from "../watch-post.ts";
import { cloneRoot, textFlag } from "../work.ts";

function list(flags: Given, name: string): readonly string[] {
  const given = flags[name];
  return Array.isArray(given) ? given.map(String) : [];
}

function secondsOf(flags: Given): Pick<GivenSettings, "interval"> {
  const text = textFlag(flags, "interval");
  return text === undefined ? {} : { interval: /^\d+$/.test(text) ? `${text}s` : text };
}

function givenIn(flags: Given): GivenSettings {
  const texts = (["atOnce", "listen", "data"] as const).flatMap((name) => {
    const text = textFlag(flags, name);
    return text === undefined ? [] : [[name, text] as const];
  });
  return { ...Object.fromEntries(texts), ...secondsOf(flags) };
}

function cloneHere({ directory }: CommandContext): string {
  const root = cloneRoot(directory);
  if (existsSync(join(root, ".git"))) return root;
  throw new Problem("CONFIG_INVALID", {
    what: "this is not inside a git clone",
    on: directory,
    todo: "Change into a clone of your repository, or name repositories: trueup agent --repository <clone or address> --env dev",
  });
}

async function settingsIn(context: CommandContext, flags: Given): Promise<AgentSettings> {
  const [repositories, environments, file] = [list(flags, "repository"), list(flags, "env"), textFlag(flags, "config")];
  if (file !== undefined && repositories.length + environments.length > 0) {
    throw new Problem("USAGE", {
      what: "the file of --config names repositories and their environments already",
      on: "the command line",
      todo: "Leave out --repository and --env, or --config.",
    });
  }
  if (file === undefined && environments.length === 0) {
    throw new Problem("USAGE", {
      what: "no environment was named",
      on: "the command line",
      todo: "Name those of one trust boundary: trueup agent --env dev staging (or several repositories: --config agent.yaml)",
    });
  }
  const given = givenIn(flags);
  if (file !== undefined) return readSettings(file, given);
  return readSettings(undefined, { ...given, environments, repositories: repositories.length > 0 ? repositories : [cloneHere(context)] });
}

/** Whatever else they are called, variables of such names hold what must not be read in a log. */
const secretNames = /(TOKEN|SECRET|PASSWORD|PASSPHRASE|PRIVATE_KEY|APP_KEY|ACCESS_KEY)$/;
const shortestSecret = 8;

function scrubberFor({ machine }: CommandContext): Scrubber {
  const scrubber = new Scrubber();
  for (const value of Object.values(machine.variables(secretNames))) if (value.length >= shortestSecret) scrubber.add(value);
  return scrubber;
}

/** One JSON object per line for machines, a line of text for a person at a terminal. */
function logTo(context: CommandContext, { format, scrubber }: { readonly format: "json" | "text"; readonly scrubber: Scrubber }): Tell {
  const news = new News();
  return (event) => {
    const line = news.take(event);
    if (line === undefined) return;
    const time = systemClock.now().toISOString();
    const { text, repository, ...rest } = line;
    const written = format === "json" ? JSON.stringify({ time, ...rest, ...(repository === undefined ? {} : { repository }), text }) : `${time} ${text}`;
    context.say(scrubber.scrub(written));
  };
}

function formatIn(flags: Given): "json" | "text" {
  const text = textFlag(flags, "log") ?? (process.stderr.isTTY ? "text" : "json");
  if (text === "json" || text === "text") return text;
  throw new Problem("USAGE", { what: `there is no log "${text}"`, on: "--log", todo: "Choose json or text." });
}

async function watchOver(context: CommandContext, flags: Given): Promise<number> {
  const settings = await settingsIn(context, flags);
  const scrubber = scrubberFor(context);
  const [log, metrics, health, turns] = [logTo(context, { format: formatIn(flags), scrubber }), new Metrics(), new Health(), new Turns(settings.atOnce)];
  const tell: Tell = (event) => {
    const now = systemClock.now();
    metrics.take(event, now);
    health.take(event, now);
    log(event);
  };
  const shown = {
    metrics: () => {
      const { user, system } = process.cpuUsage();
      const { waiting, running } = turns;
      return metrics.text({ now: systemClock.now(), waiting, running, residentBytes: process.memoryUsage.rss(), cpuSeconds: (user + system) / 1e6 });
    },
    ill: () => health.ill(systemClock.now()),
  };
  const post = settings.listen === undefined ? undefined : await openWatchPost(settings.listen, shown);
  try {
    const repositories = watchedOf(settings, { machine: context.machine, clock: systemClock, directory: context.directory, scrubber });
    const { intervalMs, atOnce } = settings;
    return await runAgent({ repositories, intervalMs, atOnce, once: flags["once"] === true, clock: systemClock, tell, turns, ...context.interrupts });
  } finally {
    await post?.close();
  }
}

export const agentCommand: CommandSpec = {
  name: "agent",
  summary: "look after environments: previews, comments, merges and drift, by polling; no database, no inbound network",
  flags: [
    ["--env <names...>", "the environments of one trust boundary"],
    ["--repository <places...>", "clones or addresses of the repositories, all with these environments (default: the clone here)"],
    ["--config <file>", "several repositories, each with its environments, forge and tokens: see docs/agent.md"],
    ["--interval <seconds>", "between two looks (default: 60)"],
    ["--at-once <number>", "errands of all environments together that run at the same time (default: 2)"],
    ["--listen <host:port>", "serve /metrics and /healthz there, such as 127.0.0.1:9464 (default: not at all)"],
    ["--data <folder>", "where repositories that are given by address are kept (default: the cache directory)"],
    ["--log <format>", "json or text (default: text on a terminal)"],
    ["--once", "one look, then end"],
  ],
  async run(context, _args, flags) {
    const passes = await watchOver(context, flags);
    return { kind: "Agent", data: { passes }, text: `looked ${passes} time${passes === 1 ? "" : "s"}`, exitCode: 0 };
  },
};
