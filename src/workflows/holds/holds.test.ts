import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { plainGit, testRemote, type TestRemote } from "../../adapters/git/test-remote.ts";
import { systemClock, type Clock } from "../../base/clock/index.ts";
import { thisMachine } from "../../base/process/index.ts";
import type { HoldKind } from "../../domain/gates/index.ts";
import { applyEnvironment } from "../apply/index.ts";
import { ledgerOf, openEstate, type Estate } from "../estate/index.ts";
import { holdsOf } from "../inspection/index.ts";
import type { EnvironmentRecord } from "../ledger/index.ts";
import { environmentLog, environmentStatus } from "../status/index.ts";
import { liftHolds, setHold, type HoldSet } from "./hold.ts";
import { environmentWindows } from "./windows.ts";

const start = Date.parse("2026-11-21T10:00:00.000Z");
const hourMs = 3_600_000;

const environment = (windows: string): string => `import { defineEnvironment, stack } from "trueup";

export default defineEnvironment({
  branch: "env/dev",
  cloud: "sandbox",
  approvals: { min: 1, from: ["@acme/ops"] },
  windows: [${windows}],
  stacks: { shop: stack("stacks/shop", { layer: "apps" }), data: stack("stacks/data", { layer: "machines" }) },
});
`;
const working = '{ kind: "allow", for: ["apply"], cron: "0 8 * * 1-5", duration: "9h", tz: "Europe/Berlin" }';

/** Made once; each test works on a copy. */
let first: TestRemote;
let remote: TestRemote;
let clone: string;
let estates: Estate[];
let nowMs: number;
const clock: Clock = { ...systemClock, now: () => new Date(nowMs) };

function push(files: Readonly<Record<string, string>>): string {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(clone, path)), { recursive: true });
    writeFileSync(join(clone, path), content);
  }
  plainGit(clone, ["add", "-A"]);
  plainGit(clone, ["commit", "--quiet", "-m", "Change it"]);
  plainGit(clone, ["push", "--quiet", "origin", "HEAD:refs/heads/env/dev"]);
  return plainGit(clone, ["rev-parse", "HEAD"]);
}

beforeAll(() => {
  first = testRemote();
  clone = join(first.folder, "clone");
  plainGit(first.folder, ["clone", "--quiet", first.path, clone]);
  push({ "environments/dev/environment.ts": environment(working), "stacks/shop/index.ts": "", "stacks/data/index.ts": "" });
});
afterAll(() => first.remove());
beforeEach(() => {
  remote = testRemote(first);
  estates = [];
  nowMs = start;
  clone = join(remote.folder, "clone");
});
afterEach(async () => {
  await Promise.all(estates.map(async (estate) => estate.close()));
  await remote.remove();
});

/** Somebody at a clone of their own. */
async function person(name: string): Promise<Estate> {
  const directory = join(remote.folder, `${name}-${estates.length}`);
  plainGit(remote.folder, ["clone", "--quiet", "--branch", "env/dev", remote.path, directory]);
  const machine = thisMachine();
  const estate = await openEstate({
    directory,
    machine: { ...machine, variable: (asked) => (asked === "TRUEUP_ACTOR" ? name : asked === "TRUEUP_IDENTITY" ? undefined : machine.variable(asked)) },
    clock,
  });
  estates.push(estate);
  return estate;
}

async function recordOf(estate: Estate): Promise<EnvironmentRecord> {
  await estate.repository.fetch();
  const snapshot = await (await ledgerOf(estate, "dev")).read({ fetch: false });
  if (snapshot === undefined) throw new Error("there is no ledger");
  return snapshot.environment;
}

const until = (hours: number): Date => new Date(start + hours * hourMs);
const hold = (estate: Estate, kind: HoldKind, more: { stack?: string; reason?: string; hours?: number } = {}): Promise<HoldSet> =>
  setHold(
    estate,
    { environment: "dev", kind, reason: more.reason ?? "the database moves", ...(more.stack === undefined ? {} : { stack: more.stack }) },
    until(more.hours ?? 2),
  );
const lift = (estate: Estate, kind: HoldKind, stack?: string): Promise<unknown> =>
  liftHolds(estate, { environment: "dev", kind, reason: "done", ...(stack === undefined ? {} : { stack }) });

/** As if `shop` had been applied at the head. */
async function applied(estate: Estate): Promise<string> {
  const commit = plainGit(clone, ["rev-parse", "HEAD"]);
  const since = clock.now().toISOString();
  const stack = {
    commit,
    closureDigest: "c1",
    stateDigest: "s",
    result: "good" as const,
    since,
    run: "1",
    resources: 1,
    pulumiStack: "dev.shop",
    backend: "b",
  };
  const lastGood = { commit, closureDigest: "c1", stateDigest: "s", run: "1", since };
  await (
    await ledgerOf(estate, "dev")
  ).record((current) => ({
    next: { ...current, branch: { name: "env/dev", head: commit, seenAt: since }, stacks: { shop: { ...stack, lastGood } } },
    sentence: "applied",
  }));
  return commit;
}

describe("how an environment stands", () => {
  it("is told also where nobody can read its head: what is live, and why the head cannot be", async () => {
    const ann = await person("ann");
    const live = await applied(ann);
    const broken = push({ "environments/dev/environment.ts": "export default {};\n" });
    const status = await environmentStatus(await person("bob"), "dev");
    expect(status).toMatchObject({ head: broken, unreadable: { code: "ENVIRONMENT_INVALID" } });
    expect(status.stacks.find(({ name }) => name === "shop")).toMatchObject({ result: "good", commit: live });
  });
});

describe("what a person puts in the way of an environment", () => {
  it("is in the ledger with its author, reason and end, and every clone's status and log tell it with its way out", async () => {
    await hold(await person("ann"), "hold", { stack: "shop" });
    const bob = await person("bob");
    expect((await environmentStatus(bob, "dev")).held).toEqual([
      {
        kind: "hold",
        stacks: ["shop"],
        reason: "the database moves",
        by: "ann",
        ageMs: 0,
        until: "2026-11-21T12:00:00.000Z",
        endsInMs: 2 * hourMs,
        lift: 'trueup resume dev --stack shop --reason "…"',
      },
    ]);
    expect((await environmentLog(bob, "dev", 1))[0]?.sentence).toBe("dev: ann suspends stack shop until 2026-11-21T12:00Z: the database moves");
    const [entry] = await (await ledgerOf(bob, "dev")).log(1);
    expect(entry?.trailers).toMatchObject({ Kind: "suspend", By: "ann", Stacks: "shop", Until: "2026-11-21T12:00:00.000Z" });
  });

  it("of each kind is over by itself at its end, to the millisecond, and leaves the record with the next commit", async () => {
    const ann = await person("ann");
    await applied(ann);
    for (const kind of ["pin", "hold", "freeze"] as const) await hold(ann, kind);
    nowMs = start + 2 * hourMs - 1;
    expect((await environmentStatus(ann, "dev")).held.map(({ kind }) => kind)).toEqual(["freeze", "hold", "pin"]);
    expect(holdsOf(await recordOf(ann), clock.now())).toHaveLength(3);
    nowMs++;
    expect((await environmentStatus(ann, "dev")).held).toEqual([]);
    expect(holdsOf(await recordOf(ann), clock.now())).toEqual([]);
    await expect(lift(ann, "freeze")).rejects.toMatchObject({ code: "USAGE" });
    // Control: they are still there until somebody writes.
    const kept = ({ holds, freezes }: EnvironmentRecord): number => holds.length + freezes.length;
    expect(kept(await recordOf(ann))).toBe(3);
    await hold(ann, "hold", { stack: "shop", hours: 5 });
    expect(kept(await recordOf(ann))).toBe(1);
  });

  it("is lifted by anybody who says why, kind by kind, for a stack or for all; what stands besides stays and is told", async () => {
    const [ann, bob] = [await person("ann"), await person("bob")];
    await hold(ann, "hold");
    await hold(ann, "hold", { stack: "shop" });
    await hold(bob, "freeze", { stack: "data" });
    await expect(lift(bob, "hold", "data")).rejects.toMatchObject({ code: "USAGE", todo: expect.stringContaining("leave out --stack") });
    expect(await lift(bob, "hold", "shop")).toMatchObject({
      lifted: [{ stacks: ["shop"], by: "ann" }],
      left: [{ kind: "freeze" }, { kind: "hold", stacks: [] }],
    });
    expect(await lift(bob, "hold")).toMatchObject({ lifted: [{ stacks: [] }], left: [{ kind: "freeze", stacks: ["data"] }] });
    await expect(lift(bob, "hold")).rejects.toMatchObject({ code: "USAGE", todo: expect.stringContaining("It is frozen (trueup thaw)") });
    expect(await lift(ann, "freeze", "data")).toMatchObject({ left: [] });
    expect((await environmentLog(bob, "dev", 3)).map(({ sentence }) => sentence)).toEqual([
      "dev: ann thaws stack data: done",
      "dev: bob resumes all stacks: done",
      "dev: bob resumes stack shop: done",
    ]);
  });

  it("that a rollback left is thawed as a whole, by any stack of the unit", async () => {
    const ann = await person("ann");
    await (
      await ledgerOf(ann, "dev")
    ).record((current) => ({
      next: {
        ...current,
        freezes: [{ id: "run-1", stacks: ["data", "shop"], run: "1", reason: "its rollback failed", by: "run 1", since: clock.now().toISOString() }],
      },
      sentence: "frozen",
    }));
    expect((await environmentStatus(ann, "dev")).held).toMatchObject([{ kind: "freeze", lift: 'trueup thaw dev --reason "…"' }]);
    expect(await lift(ann, "freeze", "shop")).toMatchObject({ lifted: [{ id: "run-1" }], left: [] });
  });

  it("takes the place of the like by the same person, and of nobody else's", async () => {
    const [ann, bob] = [await person("ann"), await person("bob")];
    await hold(ann, "hold");
    await hold(bob, "hold", { reason: "mine" });
    expect(await hold(ann, "hold", { reason: "longer", hours: 9 })).toMatchObject({ replaced: [{ reason: "the database moves" }] });
    expect((await recordOf(bob)).holds.map(({ by, reason, until: ends }) => [by, reason, ends])).toEqual([
      ["bob", "mine", "2026-11-21T12:00:00.000Z"],
      ["ann", "longer", "2026-11-21T19:00:00.000Z"],
    ]);
  });

  it("is set while somebody works, without taking their lease", async () => {
    const [ann, bob] = [await person("ann"), await person("bob")];
    const { lease } = await (await ledgerOf(ann, "dev")).takeLease("run-1");
    expect(await hold(bob, "freeze")).toMatchObject({ lease: { run: "run-1", who: "ann" } });
    expect((await recordOf(bob)).lease).toMatchObject({ run: "run-1", fencing: lease.fencing });
  });

  it("is set by all of three who set theirs at the same moment", async () => {
    const people = await Promise.all([person("ann"), person("bob"), person("eve")]);
    await Promise.all(people.map((one) => hold(one, "hold")));
    expect((await recordOf(people[0])).holds.map(({ by }) => by).sort()).toEqual(["ann", "bob", "eve"]);
  });

  it("stops applies even where the environment's file cannot be read; only a stack that nobody knows needs it", async () => {
    push({ "environments/dev/environment.ts": "export default {" });
    const ann = await person("ann");
    await hold(ann, "freeze");
    expect((await recordOf(ann)).freezes).toHaveLength(1);
    await expect(hold(ann, "freeze", { stack: "shop" })).rejects.toMatchObject({ code: "ENVIRONMENT_INVALID" });
  });

  it("is refused, with nothing written, for an end that is over or far away, for what does not exist, and for a pin of nothing", async () => {
    const ann = await person("ann");
    const refused: readonly (readonly [() => Promise<unknown>, object])[] = [
      [() => hold(ann, "hold", { hours: 0 }), { code: "USAGE", what: expect.stringContaining("is over already") }],
      [() => hold(ann, "hold", { hours: 91 * 24 }), { code: "USAGE", what: expect.stringContaining("more than 90 days away") }],
      [() => hold(ann, "freeze", { stack: "shpo" }), { code: "STACK_UNKNOWN", todo: expect.stringContaining('Did you mean "shop"?') }],
      [() => hold(ann, "pin"), { code: "USAGE", what: expect.stringContaining("nothing to pin") }],
      [() => lift(ann, "hold"), { code: "USAGE", what: "dev is not held" }],
      [() => setHold(ann, { environment: "dve", kind: "hold", reason: "x" }, until(2)), { exitCode: 6 }],
    ];
    for (const [ask, problem] of refused) await expect(ask()).rejects.toMatchObject(problem);
    expect(await ann.repository.branch("trueup/dev")).toBeUndefined();
  });

  it("of kind pin keeps the commit that is live, and holds what would change it alone", async () => {
    const ann = await person("ann");
    const commit = await applied(ann);
    await hold(ann, "pin");
    const record = await recordOf(ann);
    expect(record.holds).toMatchObject([{ kind: "pin", commit }]);
    expect(holdsOf(record, clock.now())).toMatchObject([{ kind: "pin", pinned: { shop: "c1" } }]);
  });
});

describe("a commit that changes only rules", () => {
  it("waits like any other while the whole environment is held, and becomes what is live once that is over", async () => {
    const rules = (windows: string): string =>
      environment(windows)
        .replace(/stacks: \{.*\},/, "stacks: {},")
        .replace("min: 1", "min: 0");
    const live = push({ "environments/dev/environment.ts": rules(working) });
    const ann = await person("ann");
    await (
      await ledgerOf(ann, "dev")
    ).record((current) => ({ next: { ...current, branch: { name: "env/dev", head: live, seenAt: clock.now().toISOString() } }, sentence: "applied" }));
    const head = push({ "environments/dev/environment.ts": rules("") });
    await hold(ann, "freeze");
    const apply = async (): Promise<string> => (await applyEnvironment(ann, { environment: "dev", all: false })).end;
    await expect(apply()).rejects.toMatchObject({ code: "HELD", what: "frozen by ann: the database moves", todo: expect.stringContaining("trueup thaw dev") });
    expect((await recordOf(ann)).branch?.head).toBe(live);
    nowMs = start + 2 * hourMs;
    expect(await apply()).toBe("nothing");
    expect((await recordOf(ann)).branch?.head).toBe(head);
  });
});

describe("windows of an environment, explained", () => {
  it("by the rules that are live, not by those that the branch brings, with what is held at that time", async () => {
    const ann = await person("ann");
    const live = await applied(ann);
    const head = push({ "environments/dev/environment.ts": environment("") });
    await hold(ann, "hold");
    // 10:00Z on a Saturday.
    const report = await environmentWindows(ann, "dev", clock.now());
    expect(report).toMatchObject({ zone: "Europe/Berlin", rules: live, note: expect.stringContaining(head.slice(0, 7)), holds: [{ kind: "hold", by: "ann" }] });
    expect(report.override.from).toEqual(["@acme/ops"]);
    expect(report.actions.map(({ action, open }) => [action, open])).toEqual([
      ["apply", false],
      ["drift", true],
      ["rollback", true],
    ]);
    expect(report.actions[0]).toMatchObject({ by: ["Mon–Fri 08–17 Europe/Berlin"], opensAt: "2026-11-23T07:00:00.000Z" });
    const monday = await environmentWindows(ann, "dev", new Date("2026-11-23T08:00:00Z"));
    expect([monday.actions[0]?.open, monday.actions[0]?.closesAt, monday.holds]).toEqual([true, "2026-11-23T16:00:00.000Z", []]);
  });

  it("by the branch, where nothing is live yet", async () => {
    const report = await environmentWindows(await person("ann"), "dev", clock.now());
    expect([report.rules, report.note, report.holds]).toEqual([plainGit(clone, ["rev-parse", "HEAD"]), undefined, []]);
  });
});
