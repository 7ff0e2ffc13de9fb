import { Problem } from "../../base/problem/index.ts";
import { durationMs } from "../../domain/environments/index.ts";
import { parseWhen } from "../../domain/gates/index.ts";
import type { Given } from "./command.ts";
import { textFlag } from "./work.ts";

const mostReason = 300;

export function wrong(what: string, on: string, todo: string): Problem {
  return new Problem("USAGE", { what, on, todo: `${todo} Nothing was changed.` });
}

/** It stands in the ledger for everybody whom it concerns: one line of words. */
export function reasonIn(flags: Given, words: { readonly missing: string; readonly example: string }): string {
  const reason = (textFlag(flags, "reason") ?? "").replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ").trim();
  const todo = `Say why: --reason "${words.example}".`;
  if (reason === "") throw wrong(`no reason was given: ${words.missing}`, "--reason", todo);
  if (reason.length > mostReason) throw wrong(`the reason has ${reason.length} characters, ${mostReason} at most`, "--reason", "Say it shorter.");
  return reason;
}

export function lengthIn(text: string): number {
  const ms = durationMs(text);
  if (ms !== undefined && ms > 0) return ms;
  throw wrong(`"${text}" is no length of time`, "--for", "Write it like --for 30m, --for 2h or --for 3d.");
}

/** A moment as --until takes it. */
export function untilIn(text: string): Date {
  const when = parseWhen(text);
  if ("at" in when) return when.at;
  throw wrong(when.fault, "--until", when.todo);
}

const plainDate = /^\d{4}-\d{2}-\d{2}$/;

/** The same, or a date: its first moment in UTC, as `expires` of a rule in environment.ts. */
export function dateIn(text: string): Date {
  return untilIn(plainDate.test(text) ? `${text}T00:00Z` : text);
}
