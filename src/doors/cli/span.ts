import { Problem } from "../../base/problem/index.ts";
import { timeOf, type Span } from "../../domain/audit/index.ts";
import type { Given } from "./command.ts";
import { textFlag } from "./work.ts";

export const spanFlags = [
  ["--since <time>", "from then on: 2026-11-20, 2026-11-20T08:00Z, or how long ago: 90m, 36h, 7d, 2w"],
  ["--until <time>", "up to then, in the same words; a day counts whole"],
] as const;

function timeFlag(flags: Given, name: "since" | "until", nowMs: number): number | undefined {
  const text = textFlag(flags, name);
  if (text === undefined) return undefined;
  const at = timeOf(text, { nowMs, isEnd: name === "until" });
  if (at !== undefined) return at;
  throw new Problem("USAGE", {
    what: `--${name} wants a time, not ${JSON.stringify(text.slice(0, 80))}`,
    on: "the command line",
    todo: "Write a day (2026-11-20), a time with its zone (2026-11-20T08:00Z), or how long ago it is (90m, 36h, 7d, 2w).",
  });
}

/** The span that --since and --until name. `usualMs`: how far back it goes where --since is left out. */
export function spanOf(flags: Given, { nowMs, usualMs }: { readonly nowMs: number; readonly usualMs: number }): Span {
  // What is written in this very second belongs to a span that ends now.
  const untilMs = timeFlag(flags, "until", nowMs) ?? nowMs + 1_000;
  const sinceMs = timeFlag(flags, "since", nowMs) ?? Math.max(0, untilMs - usualMs);
  if (sinceMs < untilMs) return { sinceMs, untilMs };
  throw new Problem("USAGE", { what: "--since is not before --until", on: "the command line", todo: "Give a span that has time in it." });
}
