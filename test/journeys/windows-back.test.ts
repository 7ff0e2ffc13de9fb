import { describe, expect, test, vi } from "vitest";
import { systemClock, type Clock } from "../../src/base/clock/index.ts";
import { applyEnvironment, type ApplyRequest, type ApplyResult } from "../../src/workflows/apply/index.ts";
import type { Estate, Progress } from "../../src/workflows/estate/index.ts";
import { rollBackNow } from "../../src/workflows/rollback/index.ts";
import { engine, isFull, newHome, set, type Home } from "./estate.ts";
import { sentences } from "./evidence.ts";
import { broken, estateOf, mended, net, objects, together } from "./rollback-estate.ts";

vi.setConfig({ testTimeout: 600_000 });

/** Nothing is applied from 16 to 17, and nothing taken back from 18 to 19. */
const windows = `apply: { expect: "1s" },
  windows: [
    { kind: "deny", for: ["apply"], cron: "0 16 * * *", duration: "1h", tz: "UTC" },
    { kind: "deny", for: ["rollback"], cron: "0 18 * * *", duration: "1h", tz: "UTC" },
  ],`;
const twoWaves = estateOf({ east: net(), app: { layer: "apps", reads: ["east"], args: { version: "1" } } }, windows);
const permitted = { guards: ["window"], reason: "checkout answers 500" };

const hour = (time: string): Date => new Date(`2026-11-23T${time}:00Z`);

/** The estate on a clock that a test sets. `on`: something happens while a stack is at it. `steps`: what the run said. */
interface Stage {
  at: Date;
  on: (stack: string, state: string) => void;
  readonly steps: string[];
  readonly estate: Estate;
}

async function stageOf(home: Home): Promise<Stage> {
  const clock: Clock = { ...systemClock, now: () => stage.at };
  const observe = (progress: Progress): void => {
    if (progress.kind === "stack") stage.on(progress.stack, progress.state);
    if (progress.kind === "step") stage.steps.push(progress.text);
  };
  const stage: Stage = { at: hour("10:00"), on: () => undefined, steps: [], estate: { ...(await home.open()), clock, observe } };
  return stage;
}

const apply = (stage: Stage, more: Partial<ApplyRequest> = {}): Promise<ApplyResult> =>
  applyEnvironment(stage.estate, { environment: "dev", all: false, ...more });
const thrown = (work: Promise<unknown>): Promise<unknown> => work.catch((problem: unknown) => problem);
const newVersion = (version: string) => together(set("east", { tier: `tier-${version}` }), set("app", { version }), broken("app"));

/** Applies what fails, at an hour; another one comes when a stack is at that. */
async function failing(stage: Stage, at: string, later: { readonly when: string; readonly is: string }): Promise<ApplyResult> {
  stage.at = hour(at);
  stage.on = (stack, state) => {
    if (`${stack} ${state}` === later.when) stage.at = hour(later.is);
  };
  const done = await apply(stage);
  stage.on = () => undefined;
  return done;
}

describe.skipIf(engine === undefined || !isFull)("a way back, and windows", () => {
  test("passes what is closed for an apply and says so; one that names rollbacks holds it, until it opens or a person lets it pass", async () => {
    const home = await newHome(twoWaves);
    try {
      const stage = await stageOf(home);
      expect((await apply(stage)).end).toBe("good");
      const before = objects(home);

      // Closed for an apply alone: it goes back, and the run, its record and the branch of the ledger say what it passed.
      await home.land("second", newVersion("2"));
      const passed = await failing(stage, "15:30", { when: "app applying", is: "16:01" });
      const words = "a rollback passes the closed window deny 0 16 * * * for 1h UTC";
      expect([passed.end, passed.problem?.exitCode, passed.problem?.what]).toEqual(["rolledBack", 14, expect.stringContaining(`(${words})`)]);
      expect([stage.steps.includes(words), objects(home)]).toEqual([true, before]);

      // Closed for rollbacks: nothing moves back, and nobody has to ask why.
      await home.land("third", newVersion("3"));
      const held = await failing(stage, "17:30", { when: "app applying", is: "18:01" });
      expect([held.end, held.problem?.code, held.problem?.exitCode]).toEqual(["failed", "HELD", 11]);
      expect(held.problem?.what).toMatch(/; its rollback waits: a window denies it: deny 0 18 \* \* \* for 1h UTC$/);
      expect(held.problem?.todo).toBe(
        'What has not begun was not touched. Let it pass: trueup apply dev --override window --reason "…"; or wait until it opens at 2026-11-23T19:00:00.000Z; then go on with it: trueup apply dev',
      );
      const left = objects(home);
      expect(left).not.toEqual(before);
      expect(await thrown(apply(stage))).toMatchObject({ code: "HELD", what: expect.stringContaining("its rollback waits: a window denies it") });
      // Guards that are not the window's let nothing pass.
      expect(await thrown(apply(stage, { overrides: { ...permitted, guards: ["hold"] } }))).toMatchObject({ code: "HELD" });
      expect([objects(home), (await sentences(home))[0]]).toEqual([left, expect.stringMatching(/gives way to a rollback .*; nothing was changed$/)]);

      // Who may, lets it pass: it goes back, and that is on record.
      const passing = await apply(stage, { overrides: permitted });
      expect([passing.finished.map(({ back }) => back.state), passing.problem?.code, objects(home)]).toEqual([["rolledBack"], "HELD", before]);
      expect((await sentences(home)).find((line) => line.includes(" rolled back: "))).toMatch(
        /\(ann let pass that a window denies it: deny 0 18 \* \* \* for 1h UTC: checkout answers 500\)$/,
      );
      const audit = await home.run(["audit", "dev"]);
      expect([audit.exit, audit.out]).toEqual([0, expect.stringMatching(/window.*checkout answers 500/)]);
    } finally {
      await home.remove();
    }
  });

  test("that closes between its waves stops before the next, and it goes on when the window opens; a person's is refused the same way", async () => {
    const home = await newHome(twoWaves);
    try {
      const stage = await stageOf(home);
      expect((await apply(stage)).end).toBe("good");
      const before = objects(home);
      await home.land("second", newVersion("2"));
      const stopped = await failing(stage, "17:30", { when: "app rolled back", is: "18:01" });
      expect([stopped.problem?.code, stopped.problem?.what]).toEqual(["HELD", expect.stringContaining("its rollback was interrupted: a window denies it")]);
      expect(stopped.units.flatMap(({ back }) => back?.stacks.map(({ target }) => target.stack) ?? [])).toEqual(["app"]);
      expect(objects(home)).not.toEqual(before);
      stage.at = hour("19:01");
      const on = await apply(stage);
      expect([on.finished.map(({ back }) => back.state), objects(home)]).toEqual([["rolledBack"], before]);

      await home.land("third", together(newVersion("3"), mended("app")));
      expect((await apply(stage)).end).toBe("good");
      stage.at = new Date(hour("18:30").getTime() + 24 * 3_600_000);
      const asked = { environment: "dev", stacks: [], reason: "checkout answers 500", by: "ann" };
      const [told, third] = [await sentences(home), objects(home)];
      expect(await thrown(rollBackNow(stage.estate, asked))).toMatchObject({
        code: "HELD",
        what: "a window denies it: deny 0 18 * * * for 1h UTC",
        on: "environment dev",
        todo: 'Nothing was touched. Let it pass: trueup rollback dev --now --override window --reason "…"; or wait until it opens at 2026-11-24T19:00:00.000Z',
      });
      expect([await sentences(home), objects(home)]).toEqual([told, third]);
      const done = await rollBackNow(stage.estate, { ...asked, overrides: permitted });
      expect([done.map(({ back, problem }) => [back.state, problem]), objects(home)]).toEqual([[["rolledBack", undefined]], before]);
    } finally {
      await home.remove();
    }
  });
});
