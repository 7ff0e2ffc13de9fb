import type { z } from "zod";
import type { DriftRules, NamedCommand } from "./environment.ts";
import type { CommandFile, DriftFile } from "./schema.ts";
import { durationMs } from "./syntax.ts";

const defaultDeadlineMs = 10 * 60_000;

export function namedCommand(file: z.infer<typeof CommandFile>): NamedCommand {
  return { name: file.name, run: file.run, deadlineMs: durationMs(file.deadline ?? "") ?? defaultDeadlineMs };
}

/** What is left out is nobody's to say: the level above stands. */
function said<Part extends object>(part: Part): { readonly [Key in keyof Part]?: Exclude<Part[Key], undefined> } {
  return Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined)) as { [Key in keyof Part]?: Exclude<Part[Key], undefined> };
}

/** A stack's own drift rules on top of its environment's: mode, schedule, zone and age replace, ignore rules add up. */
export function driftRules(above: DriftRules, below: z.infer<typeof DriftFile> | undefined): DriftRules {
  const { mode, schedule, tz, alertAfter, ignore = [] } = below ?? {};
  const alertAfterMs = alertAfter === undefined ? undefined : durationMs(alertAfter);
  return { ...above, ...said({ mode, schedule, tz, alertAfterMs }), ignore: [...above.ignore, ...ignore] };
}

export const noDriftRules: DriftRules = { mode: "detect", ignore: [] };
