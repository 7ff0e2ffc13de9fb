import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Clause } from "./clause.ts";
import { wrongDeclarations } from "./declarations.ts";
import { fullDisks, whyNoSmallDisk } from "./disks.ts";
import { hostileWords } from "./hostile.ts";
import { refusedMidway } from "./midway.ts";
import { wrongPrograms } from "./programs.ts";
import { expectNothingTouched, threeLines } from "./refusal.ts";
import { wrongRemotes } from "./remotes.ts";
import { wrongStates } from "./states.ts";
import { copyWorld, engine, facts, makeAppliedWorld, removeWorld, trueup, type World } from "./world.ts";

const isFull = process.env["TRUEUP_TEST_SIZE"] === "full";
const usualWithinS = 40;
const skipped = engine === undefined ? " (skipped: no Pulumi engine on this machine; run npm run setup)" : "";

let applied: World;
beforeAll(async () => {
  if (engine === undefined) return;
  applied = await makeAppliedWorld();
});
afterAll(async () => {
  if (engine !== undefined) await removeWorld(applied);
});

/** Checks everything but the time; answers how many seconds the command took. */
async function holds(clause: Clause): Promise<number> {
  const world = await copyWorld(applied);
  const undo = await clause.make(world);
  try {
    const before = await facts(world);
    const ended = await trueup(world, clause.args ?? ["apply", "dev"], clause.call?.(world));
    const after = await facts(world);
    const said = threeLines(ended, clause.code);
    for (const words of clause.says) expect(said).toMatch(words);
    await expectNothingTouched(world, before, after);
    await clause.also?.(world);
    return ended.durationMs / 1_000;
  } finally {
    await undo?.();
    await removeWorld(world);
  }
}

function table(title: string, clauses: readonly Clause[], whyNot = ""): void {
  const chosen = clauses.filter((clause) => isFull || clause.onlyFull !== true);
  describe.skipIf(engine === undefined || whyNot !== "")(`${title}${whyNot === "" ? skipped : ` (skipped: ${whyNot})`}`, () => {
    it.each(chosen.map((clause) => [clause.name, clause] as const))("%s", async (_, clause) => {
      const seconds = await holds(clause);
      expect(seconds).toBeLessThan(clause.withinS ?? usualWithinS);
    });
  });
}

table("a declaration is refused before anything starts:", wrongDeclarations);
table("a program stops the run in the read-only phase:", wrongPrograms);
table("a remote, a branch or a ledger is not trusted blindly:", wrongRemotes);
table("a state, a plugin or an engine that does not serve is said:", wrongStates);
table("a full disk is said:", fullDisks, whyNoSmallDisk);
table("hostile words are only words:", hostileWords);
refusedMidway(() => applied, isFull ? skipped : " (skipped: only with TRUEUP_TEST_SIZE=full)");
