import { Problem, type ProblemCode } from "../../base/problem/index.ts";
import type { Finding } from "./plain.ts";

/** The Problem for findings of one file: the first one is said in full, the others are counted and kept in `detail`. */
export function refuse(code: ProblemCode, file: string, findings: readonly [Finding, ...Finding[]]): Problem {
  const [first, ...others] = findings;
  return new Problem(code, {
    what: others.length === 0 ? first.what : `${first.what} (and ${others.length} more)`,
    on: first.path === "" ? file : `${file}, ${first.path}`,
    todo: first.todo,
    ...(others.length === 0 ? {} : { detail: findings.map((each) => `${each.what}. ${each.todo}`).join("\n") }),
  });
}
