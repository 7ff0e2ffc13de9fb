import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { systemClock } from "../../base/clock/index.ts";
import { Problem } from "../../base/problem/index.ts";
import type { Look } from "../../domain/reports/index.ts";
import { openEstate, type Estate, type Observer } from "../../workflows/estate/index.ts";
import type { CommandContext, CommandResult, Given } from "./command.ts";

/** Where progress is shown. */
export interface Screen {
  /** Ends what is shown as it stands, so that something else can be written; what comes after begins anew. */
  settle(): void;
}

/** Opens the clone, works, and closes everything again whatever happens. Progress is shown while it works. */
export async function withEstate<Result>(context: CommandContext, work: (estate: Estate, screen: Screen) => Promise<Result>): Promise<Result> {
  let shown = context.observe();
  const settle = (): void => {
    shown.stop();
    shown = context.observe();
  };
  const observe: Observer = (progress) => shown.observer(progress);
  const estate = await openEstate({ directory: context.directory, machine: context.machine, clock: systemClock, observe });
  try {
    return await work(estate, { settle });
  } finally {
    await estate.close();
    shown.stop();
  }
}

/** Several environments as one result: it ends as the first that did not end well. `nothing`: what is said of none. */
export function together(results: readonly CommandResult[], words: { readonly kind: string; readonly nothing: string }): CommandResult {
  const [only] = results;
  if (only === undefined) return { kind: words.kind, data: [], text: words.nothing, exitCode: 0 };
  if (results.length === 1) return only;
  const bad = results.find((one) => one.problem !== undefined) ?? results.find((one) => one.exitCode !== 0);
  const text = results.map((one) => one.text).join("\n");
  return { kind: words.kind, data: results.map((one) => one.data), text, exitCode: bad?.exitCode ?? 0, problem: bad?.problem };
}

/** The top folder of the clone that `directory` is in; `directory` itself when it is in none. */
export function cloneRoot(directory: string): string {
  for (let at = resolve(directory); ; at = dirname(at)) {
    if (existsSync(join(at, ".git"))) return at;
    if (at === dirname(at)) return directory;
  }
}

export function lookOf(context: CommandContext): Look {
  return { width: context.width, color: context.color, unicode: !/^(C|POSIX)$/.test(context.machine.variable("LC_ALL") ?? "") };
}

/** The environment a command is about: its first word, or --env. Where they name two, neither is guessed at: the other may be the one that was meant. */
export function environmentOf(args: readonly string[], flags: Given): string {
  const [word, flag] = [args[0], textFlag(flags, "env")];
  if (word !== undefined && flag !== undefined && word !== flag) {
    throw new Problem("USAGE", {
      what: `two environments are named: ${word} and ${flag}`,
      on: "--env",
      todo: "Leave one of them out. Nothing was changed.",
    });
  }
  const named = word ?? flag;
  if (named !== undefined) return named;
  throw new Problem("USAGE", {
    what: "no environment was named",
    on: "the command line",
    todo: "Name one: trueup <command> dev. See them with: trueup env list",
  });
}

export function textFlag(flags: Given, name: string): string | undefined {
  const value = flags[name];
  return typeof value === "string" ? value : undefined;
}

/** A whole number flag in plain digits, at least `least`. */
export function numberFlag(flags: Given, name: string, least: number): number | undefined {
  const text = textFlag(flags, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
  throw new Problem("USAGE", {
    what: `--${name} wants a whole number of at least ${least}, not "${text}"`,
    on: "the command line",
    todo: "Correct it and run again.",
  });
}
