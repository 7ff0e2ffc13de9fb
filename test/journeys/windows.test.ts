import { describe, expect, test, vi } from "vitest";
import { systemClock, type Clock } from "../../src/base/clock/index.ts";
import { applyEnvironment, type ApplyResult } from "../../src/workflows/apply/index.ts";
import type { Estate, Progress } from "../../src/workflows/estate/index.ts";
import { liftHolds, setHold } from "../../src/workflows/holds/index.ts";
import { engine, isFull, newHome, type Home } from "./estate.ts";
import { results, sentences } from "./evidence.ts";

vi.setConfig({ testTimeout: 300_000 });

/** Two stacks in two waves, one object each. */
const twoWaves = {
  "environments/dev/environment.ts": `import { defineEnvironment, stack } from "trueup";
import type cluster from "../../stacks/cluster/index.ts";
import type machines from "../../stacks/machines/index.ts";

export default defineEnvironment({
  cloud: "sandbox",
  apply: { expect: "20s" },
  windows: [{ kind: "allow", for: ["apply"], cron: "0 8 * * 1-5", duration: "9h", tz: "Europe/Berlin" }],
  stacks: {
    machines: stack<typeof machines>("stacks/machines", { layer: "machines", args: { cidr: "10.1.0.0/16", tier: "small", joinToken: "join-4f1c9a" } }),
    cluster: stack<typeof cluster>("stacks/cluster", { layer: "clusters", args: { name: "blue", kind: "plain" } }),
  },
});
`,
};

/** A Monday; the window closes at 17:00 in Berlin. */
const beforeClosing = Date.parse("2026-11-23T15:59:00.000Z");

/** The estate on a clock that a test sets. `on`: something happens while a stack is at it. */
interface Stage {
  at: number;
  on: (stack: string, state: string) => void;
  readonly estate: Estate;
}

async function stageOf(home: Home): Promise<Stage> {
  const clock: Clock = { ...systemClock, now: () => new Date(stage.at) };
  const observe = (progress: Progress): void => {
    if (progress.kind === "stack") stage.on(progress.stack, progress.state);
  };
  const stage: Stage = { at: beforeClosing, on: () => undefined, estate: { ...(await home.open()), clock, observe } };
  return stage;
}

const apply = (stage: Stage, overrides?: { readonly guards: readonly string[]; readonly reason: string }): Promise<ApplyResult> =>
  applyEnvironment(stage.estate, { environment: "dev", all: false, ...(overrides === undefined ? {} : { overrides }) });
const went = ({ end, stacks, problem }: ApplyResult): unknown => [
  end,
  problem?.exitCode,
  stacks.map(({ affected, result }) => `${affected.stack.name} ${result}`),
];

describe.skipIf(engine === undefined || !isFull)("what closes in the middle of an apply", () => {
  test("a window that closes between waves lets end what runs and begins no more; closed, nothing begins, and an override passes it", async () => {
    const home = await newHome(twoWaves);
    try {
      const stage = await stageOf(home);
      // Half a minute is left, and two waves are taken to need more: nothing begins.
      stage.at = beforeClosing + 30_000;
      const long = await apply(stage);
      expect([went(long), long.problem?.what]).toEqual([
        ["refused", 11, []],
        "the window closes at 2026-11-23T16:00:00.000Z, and this takes about 40 s: machines 20 s (assumed), cluster 20 s (assumed)",
      ]);
      stage.at = beforeClosing;
      stage.on = (stack, state) => {
        if (stack === "machines" && state === "applied") stage.at = beforeClosing + 2 * 60_000;
      };
      const stopped = await apply(stage);
      expect(went(stopped)).toEqual(["failed", 11, ["machines good", "cluster skipped"]]);
      expect(stopped.problem?.what).toMatch(/^no window for it is open: allow 0 8/);
      expect(stopped.problem?.todo).toMatch(/^Stopped before wave 2; what moved before it: machines\. It opens at 2026-11-24T07:00:00\.000Z/);
      expect(await results(home)).toEqual({ machines: "good" });
      expect((await sentences(home))[0]).toMatch(/failed.*no window for it is open.*changed machines/);
      // Closed from the beginning: nothing is touched at all.
      expect(went(await apply(stage))).toEqual(["refused", 11, []]);
      expect(await results(home)).toEqual({ machines: "good" });

      // Whoever may, passes it: at the beginning, and before each wave.
      const passed = await apply(stage, { guards: ["window"], reason: "the cluster is needed tonight" });
      expect(went(passed)).toEqual(["good", undefined, ["cluster good"]]);
      expect(passed.verdict?.overridden).toMatchObject([{ guard: "window", by: "ann", reason: "the cluster is needed tonight" }]);
    } finally {
      await home.remove();
    }
  });

  test("a freeze that is set while a wave runs stops the run before the next, and keeps others from beginning; thawed, the same command goes on", async () => {
    const home = await newHome(twoWaves);
    try {
      const stage = await stageOf(home);
      let frozen: Promise<unknown> = Promise.resolve();
      const asked = { environment: "dev", kind: "freeze", stack: "cluster", reason: "somebody is in there" } as const;
      stage.on = (stack, state) => {
        if (stack === "machines" && state === "applying") frozen = setHold(stage.estate, asked, new Date(stage.at + 3_600_000));
      };
      const stopped = await apply(stage);
      expect(await frozen).toMatchObject({ lease: { who: "ann" } });
      expect(went(stopped)).toEqual(["failed", 11, ["machines good", "cluster skipped"]]);
      expect(stopped.problem?.what).toBe("frozen by ann: somebody is in there");
      const again = await apply(stage, { guards: ["hold", "freeze"], reason: "a freeze is passed by nobody" });
      expect([went(again), again.problem?.what]).toEqual([["refused", 11, []], "frozen by ann: somebody is in there"]);
      await liftHolds(stage.estate, { environment: "dev", kind: "freeze", reason: "they are out" });
      expect(went(await apply(stage))).toEqual(["good", undefined, ["cluster good"]]);

      // The window is closed, and somebody passes it for the commit that they see; what is pushed while they wait is another.
      stage.on = () => undefined;
      stage.at = beforeClosing + 2 * 60_000;
      const overrides = { guards: ["window"], reason: "the tags are needed tonight" };
      const tags = (owner: string) => ({ "stacks/lib/tags.ts": (text: string) => text.replace(/owner: "[a-z]*"/, `owner: "${owner}"`) });
      await home.land("seen", tags("ann"));
      await stage.estate.repository.fetch();
      await home.land("unseen", tags("mallory"));
      const late = await applyEnvironment(stage.estate, { environment: "dev", all: false, overrides, isFetched: true });
      expect([went(late), late.problem?.what]).toEqual([["refused", 11, []], expect.stringMatching(/^no window for it is open/)]);
      const seen = await apply(stage, overrides);
      expect([went(seen), seen.verdict?.overridden]).toEqual([
        ["good", undefined, ["machines good", "cluster good"]],
        [expect.objectContaining({ guard: "window", by: "ann" })],
      ]);
    } finally {
      await home.remove();
    }
  });
});
