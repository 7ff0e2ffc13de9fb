import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { Home, declared, engine, isFull, newHome, type Told } from "./estate.ts";
import { refs, wholePicture } from "./evidence.ts";
import { single } from "./single.ts";

vi.setConfig({ testTimeout: 200_000, hookTimeout: 400_000 });

const works = 'verify: [{ command: ["true"], settle: "1s" }]';
const broken = 'verify: [{ command: ["sh", "-c", "echo broken; exit 1"], settle: "1s" }]';
const closed = 'windows: [{ kind: "deny", for: ["apply"], cron: "* * * * *", duration: "1h", tz: "UTC" }],';
const tag = (owner: string) => ({ "stacks/lib/tags.ts": (text: string) => text.replace(/owner: "[a-z]*"/, `owner: "${owner}"`) });
const why = (reason: string): readonly string[] => ["--reason", reason];

/** Everything that happens to one environment in this story; what each command said. */
async function story(home: Home): Promise<Readonly<Record<string, Told>>> {
  const told: Record<string, Told> = {};
  const run = async (what: string, ...words: readonly string[]): Promise<void> => void (told[what] = await home.run(words));
  await run("first", "apply", "dev");
  // A deny window closes applies; a person passes it for one commit.
  await home.land("closed", declared('cloud: "sandbox",', `cloud: "sandbox",\n  ${closed}`));
  await run("rules", "apply", "dev");
  await home.land("operations", tag("operations"));
  await run("denied", "apply", "dev");
  await run("override", "apply", "dev", "--override", "window", ...why("the audit is tonight"));
  // What comes next does not work, and is taken back: a rollback passes a deny.
  await home.land("bad", { ...tag("nobody"), ...declared(works, broken) });
  await run("rollback", "apply", "dev", "--override", "window", ...why("they wait for it"));
  home.cloud.set("main", "tags.owner", "mallory", { type: "Vpc" });
  await run("fix", "drift", "fix", "dev");
  for (const { id, type, createdBy } of home.cloud.list()) if (createdBy !== "") home.cloud.delete(id, { type });
  await run("rebuild", "rebuild", "dev", "--yes", "--by", "cyd", ...why("somebody deleted it"));
  await run("freeze", "freeze", "dev", "--for", "2h", ...why("they are in there"));
  return told;
}

const ends = (told: Readonly<Record<string, Told>>): unknown => Object.fromEntries(Object.entries(told).map(([what, { exit }]) => [what, exit]));

const stood = z.looseObject({
  stacks: z.array(z.looseObject({ name: z.string(), result: z.string(), behind: z.boolean() })),
  held: z.array(z.looseObject({ kind: z.string(), by: z.string(), reason: z.string() })),
});
const entry = z.looseObject({
  kind: z.string(),
  result: z.string().optional(),
  by: z.string().optional(),
  overrides: z.array(z.looseObject({ guard: z.string(), by: z.string(), reason: z.string() })).optional(),
  held: z.array(z.looseObject({ what: z.string(), did: z.string(), by: z.string(), reason: z.string() })).optional(),
});

describe.skipIf(engine === undefined || !isFull)(
  "a second clone without any local file, after a rollback, a freeze, an override, a repair and a rebuild",
  () => {
    let home: Home;
    let told: Readonly<Record<string, Told>>;
    let there: Home;
    beforeAll(async () => {
      home = await newHome(single("", works));
      told = await story(home);
      there = new Home(join(home.folder, "elsewhere"));
      await home.git("clone", "--quiet", "--branch", "main", home.remote, there.clone);
    });
    afterAll(async () => home?.remove());

    /** What a command prints there, and here, as data. */
    async function both(...words: readonly string[]): Promise<readonly [unknown, unknown]> {
      const at = async (one: Home): Promise<unknown> => {
        const { exit, out } = await one.run([...words, "-o", "json"]);
        expect(exit).toBe(0);
        return z.object({ data: z.unknown() }).parse(JSON.parse(out)).data;
      };
      return [await at(there), await at(home)];
    }

    test("the story went as it is told", () => {
      expect(ends(told)).toEqual({ first: 0, rules: 0, denied: 11, override: 0, rollback: 14, fix: 0, rebuild: 0, freeze: 0 });
      expect(told["denied"]?.lines[0]).toMatch(/^HELD: .*a window denies it/);
    });

    test("status says what is live, what is held and frozen, by whom and why", async () => {
      const [status, here] = await both("status", "dev");
      const { stacks, held } = stood.parse(status);
      expect(stacks).toMatchObject([{ name: "machines", result: "good", behind: true }]);
      expect(held.map(({ kind, by, reason }) => [kind, by, reason])).toEqual([
        ["freeze", "ann", "they are in there"],
        ["veto", expect.stringMatching(/^run /), expect.stringContaining("broken")],
      ]);
      expect(stood.parse(here).held.map(({ kind, by, reason }) => [kind, by, reason])).toEqual(held.map(({ kind, by, reason }) => [kind, by, reason]));
    });

    test("log tells all of it, newest first, in the words of who was there", async () => {
      const [log, here] = await both("log", "dev", "--limit", "100");
      const said = z.array(z.looseObject({ sentence: z.string() })).parse(log);
      expect(
        z
          .array(z.looseObject({ sentence: z.string() }))
          .parse(here)
          .map(({ sentence }) => sentence),
      ).toEqual(said.map(({ sentence }) => sentence));
      const moments = [
        /freezes dev until .*they are in there/,
        /rebuil/,
        /drift fixed in machines/,
        /failed after .*rolled back/,
        /applied to machines/,
        /applied to machines/,
      ];
      const at = moments.reduce((from, moment) => said.findIndex(({ sentence }, index) => index > from && moment.test(sentence)), -1);
      expect([at > 0, said.map(({ sentence }) => sentence)]).toEqual([true, expect.anything()]);
    });

    test("audit tells who overrode, set, repaired and rebuilt what; --verify finds the trail whole", async () => {
      const [audit, here] = await both("audit", "dev");
      expect(audit).toEqual(here);
      const entries = z.object({ entries: z.array(entry) }).parse(audit).entries;
      // A run says it when it begins and when it is over.
      expect([...new Set(entries.flatMap(({ overrides = [] }) => overrides.map(({ guard, by, reason }) => `${by} ${guard}: ${reason}`)))]).toEqual([
        "ann window: the audit is tonight",
        "ann window: they wait for it",
      ]);
      expect(entries.flatMap(({ held = [] }) => held.map(({ what, did }) => `${did} ${what}`))).toEqual(["set veto", "set freeze"]);
      const kinds = entries.map(({ kind, result }) => `${kind} ${result ?? ""}`.trim());
      for (const kind of ["apply rolledBack", "drift good", "rebuild good"]) expect(kinds).toContain(kind);
      const trail = await there.run(["audit", "dev", "--verify"]);
      expect([trail.exit, trail.lines, trail.out]).toEqual([0, expect.anything(), expect.stringContaining((await refs(home)).ledger)]);
    });

    test("stats counts it; and nothing of all that made a state, a cloud or a backup there, or moved anything", async () => {
      const before = await wholePicture(home);
      const [stats, here] = await both("stats", "dev", "--since", "1d");
      const counted = (data: unknown): unknown => z.looseObject({ environments: z.array(z.looseObject({})) }).parse(data).environments[0];
      expect(counted(stats)).toMatchObject({
        environment: "dev",
        deployments: { count: 2 },
        failures: { attempts: 3, failed: 1 },
        // The stack was good again with the repair.
        restore: { open: 0 },
        refused: 1,
      });
      expect(JSON.stringify(counted(stats)).replace(/"(since|until)[^,]*,/g, "")).toBe(JSON.stringify(counted(here)).replace(/"(since|until)[^,]*,/g, ""));
      expect(await wholePicture(home)).toEqual(before);
      expect((await readdir(join(there.clone, ".trueup"))).filter((name) => /^(state|cloud|backups)$/.test(name))).toEqual([]);
    });
  },
);
