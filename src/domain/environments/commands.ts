import type { z } from "zod";
import type { DriftRules, NamedCommand, VerifyCheck } from "./environment.ts";
import type { CommandFile, DriftFile, VerifyFile } from "./schema.ts";
import { durationMs } from "./syntax.ts";

const defaultSettleMs = 60_000;
const defaultDeadlineMs = 10 * 60_000;

export function verifyCheck(file: z.infer<typeof VerifyFile>): VerifyCheck {
  const settleMs = durationMs(file.settle ?? "") ?? defaultSettleMs;
  if (file.http !== undefined) return { kind: "http", url: file.http, status: file.status ?? 200, settleMs };
  if (file.tcp !== undefined) {
    const at = file.tcp.lastIndexOf(":");
    return { kind: "tcp", host: file.tcp.slice(0, at), port: Number(file.tcp.slice(at + 1)), settleMs };
  }
  return { kind: "command", run: file.command ?? ["false"], settleMs };
}

export function namedCommand(file: z.infer<typeof CommandFile>): NamedCommand {
  return { name: file.name, run: file.run, deadlineMs: durationMs(file.deadline ?? "") ?? defaultDeadlineMs };
}

/** A stack's own drift rules on top of its environment's: mode, schedule and zone replace, ignore rules add up. */
export function driftRules(above: DriftRules, below: z.infer<typeof DriftFile> | undefined): DriftRules {
  const [schedule, tz] = [below?.schedule ?? above.schedule, below?.tz ?? above.tz];
  return {
    mode: below?.mode ?? above.mode,
    ...(schedule === undefined ? {} : { schedule }),
    ...(tz === undefined ? {} : { tz }),
    ignore: [...above.ignore, ...(below?.ignore ?? [])],
  };
}

export const noDriftRules: DriftRules = { mode: "detect", ignore: [] };
