import type { Problem } from "../../base/problem/index.ts";

/** Names and messages in them come from outside: none may break a line or steer the terminal. */
export function threeLines(problem: Problem): string {
  return problem.lines.map((line) => line.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]+/gu, " ").trim()).join("\n");
}
