import { expect } from "vitest";
import { problemCodes, type ProblemCode } from "../../src/base/problem/index.ts";
import type { ChildResult } from "../../src/base/process/index.ts";
import { processesOf, type Facts, type World } from "./world.ts";

/** Progress that may stand before the three lines when standard error is no terminal. */
const progress =
  /^(reading |wave \d|  [\w-]+: \w+|took the lease over |still working: |SIG(INT|TERM)|running |checking |[\w-]+: (finding out how |.* → left to a person)|\S+ failed: (rolling back|left as it is|not tried again|frozen))/;

export type Ended = ChildResult & { readonly lines: readonly string[] };

/** The last three lines of standard error are the whole message: what, on what, what to do. No stack trace anywhere. Answers the three. */
export function threeLines(ended: Ended, code: ProblemCode): string {
  const [what = "", on = "", todo = ""] = ended.lines.slice(-3);
  expect(ended.lines.slice(0, -3).filter((line) => !progress.test(line))).toEqual([]);
  expect({ exit: ended.exitCode, what, said: ended.stdout.slice(0, 600) }).toMatchObject({
    exit: problemCodes[code].exit,
    what: expect.stringMatching(new RegExp(`^${code}: \\S`)),
  });
  expect(on).toMatch(/^on \S/);
  expect(todo).toMatch(/^\S.*\S$/);
  expect(`${ended.stderr}\n${ended.stdout}`).not.toMatch(/\n\s+at .*\(?(node:|\/|file:)/);
  return [what, on, todo].join("\n");
}

/** Nothing was lost: no branch, state or cloud moved, nobody holds a lease or a lock, and the ledger has at most what a refused run writes. */
export async function expectNothingTouched(world: World, before: Facts, after: Facts): Promise<void> {
  expect(after.refs).toBe(before.refs);
  expect(after.states).toBe(before.states);
  expect(after.cloud).toEqual(before.cloud);
  expect(after.locks).toBe(before.locks);
  expect(after.workTree).toBe(before.workTree);
  const added = after.ledger.slice(0, Math.max(0, after.ledger.length - before.ledger.length));
  expect(after.ledger.slice(added.length)).toEqual(before.ledger);
  expect(added.filter((line) => !/takes the lease|^dev: applying /.test(line)).length).toBeLessThanOrEqual(1);
  expect(added[0] ?? "nothing was changed").toMatch(/nothing was changed/);
  expect(after.record?.lease ?? null).toEqual(added.length > 0 ? null : (before.record?.lease ?? null));
  expect(await processesOf(world)).toEqual([]);
}
