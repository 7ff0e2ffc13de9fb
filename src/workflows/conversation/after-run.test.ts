import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Comment, Forge, IssueDraft, PullRequest, Saved, Status } from "../../adapters/forges/index.ts";
import { plainGit, testRemote, type TestRemote } from "../../adapters/git/test-remote.ts";
import { systemClock } from "../../base/clock/index.ts";
import { Problem } from "../../base/problem/index.ts";
import { thisMachine } from "../../base/process/index.ts";
import { ledgerOf, openEstate, type Estate } from "../estate/index.ts";
import type { EnvironmentRecord, OpenFinding, RunRecord } from "../ledger/index.ts";
import { afterRun, leftToTell } from "./after-run.ts";
import { leaveUntold, untoldIn } from "./untold.ts";

const at = "2026-11-21T09:00:00.000Z";
const away = (): Problem => new Problem("FORGE_UNREACHABLE", { what: "no answer", on: "forge", todo: "Wait.", retry: { afterMs: 1_000 } });

/** A forge that keeps what it is told; the rest of the port is not asked here. */
class Told {
  readonly capabilities = { limits: "github" } as const;
  readonly said: { readonly on: number | string; readonly body: string }[] = [];
  readonly statuses: string[] = [];
  /** Thrown by the next write. */
  trouble: Problem | undefined;

  comments = async (): Promise<readonly Partial<Comment>[]> => this.said.map(({ body }, index) => ({ id: String(index), url: `c${index}`, ours: true, body }));
  pullRequests = async (): Promise<readonly Partial<PullRequest>[]> => [{ number: 7, base: "env/dev" }];
  setDeployment = async (): Promise<void> => undefined;
  async setStatus(_: string, { state, title }: Status): Promise<void> {
    this.statuses.push(`${state}: ${title}`);
  }
  async saveComment(on: number | IssueDraft, _marker: string, body: string): Promise<Saved> {
    const { trouble } = this;
    if (trouble !== undefined) throw trouble;
    if (typeof on !== "number" && on.state === "closed") throw new Problem("FORGE_MISSING", { what: "not there", on: "forge", todo: "-" });
    this.said.push({ on: typeof on === "number" ? on : on.title, body });
    return { id: "1", url: "c1" };
  }
  get forge(): Forge {
    return this as unknown as Forge;
  }
}

describe("what is left to tell", () => {
  let remote: TestRemote;
  let estate: Estate;
  let told: Told;
  let commit: string;

  beforeEach(async () => {
    told = new Told();
    remote = testRemote();
    const clone = join(remote.folder, "clone");
    plainGit(remote.folder, ["clone", "--quiet", remote.path, clone]);
    const path = join(clone, "environments/dev/environment.ts");
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, 'import { defineEnvironment } from "trueup";\nexport default defineEnvironment({ cloud: "sandbox", stacks: {} });\n');
    plainGit(clone, ["add", "-A"]);
    plainGit(clone, ["commit", "--quiet", "-m", "One environment"]);
    plainGit(clone, ["push", "--quiet", "origin", "HEAD:refs/heads/env/dev", "HEAD:refs/heads/main"]);
    commit = plainGit(clone, ["rev-parse", "HEAD"]);
    estate = await openEstate({ directory: clone, machine: thisMachine(), clock: systemClock });
    await estate.repository.fetch();
  });
  afterEach(async () => {
    await estate.close();
    await remote.remove();
  });

  const run = (id: string, result: string): RunRecord => ({
    schema: 1,
    id,
    kind: "apply",
    environment: "dev",
    commit,
    mergedBy: "ann",
    approvals: [],
    startedAt: at,
    endedAt: "2026-11-21T09:01:05.000Z",
    result,
    fencing: 1,
    units: [{ id: "u", commits: [commit], result, stacks: [] }],
    overrides: [],
    timings: {},
    versions: {},
    problem: result === "failed" ? { code: "ENGINE_FAILED", what: "the cloud says no", on: "dev.shop", todo: "Mend it." } : null,
  });
  async function ended(id: string, result: string): Promise<void> {
    const ledger = await ledgerOf(estate, "dev");
    const branch = { name: "env/dev", head: commit, seenAt: at };
    const trailers = { Kind: "apply", Commit: commit, Result: result, Run: id };
    await ledger.record((current) => ({ next: { ...current, branch }, runs: [run(id, result)], sentence: `dev: ${id}`, trailers }));
  }
  async function drifted(environment: string, ...names: readonly string[]): Promise<void> {
    const finding = (name: string): OpenFinding => ({
      stack: "shop",
      urn: name,
      type: "aws:ec2/vpc:Vpc",
      name,
      kind: "changed",
      paths: ["tags"],
      firstSeen: at,
      lastSeen: at,
      tries: 0,
    });
    const drift: EnvironmentRecord["drift"] = { checkedAt: at, findings: names.map(finding) };
    await (await ledgerOf(estate, environment)).record((current) => ({ next: { ...current, drift }, sentence: "drift" }));
  }
  const left = async (): Promise<readonly string[]> =>
    untoldIn((await (await ledgerOf(estate, "dev")).read())?.environment).map(({ what, run: id }) => id ?? what);
  const after = (drift = false): Promise<Problem | undefined> => afterRun(estate, told.forge, { environment: "dev", drift });

  it("is told in its order by whoever comes next, once, by what the record holds; only the newest run of a commit says how it ended", async () => {
    await ended("run-1", "failed");
    await leaveUntold(estate, "dev", { what: "apply", run: "run-1" });
    await leaveUntold(estate, "dev", { what: "apply", run: "run-1" });
    await ended("run-2", "good");
    await leaveUntold(estate, "dev", { what: "apply", run: "run-2" });
    expect(await left()).toEqual(["run-1", "run-2"]);
    expect([await after(), await after()]).toEqual([undefined, undefined]);
    expect(told.said.map(({ on, body }) => [on, /^### (.*)$/m.exec(body)?.[1]])).toEqual([
      [7, expect.stringMatching(/^⛔ dev: \w{7} failed/)],
      [7, expect.stringMatching(/^✅ dev: \w{7} applied/)],
    ]);
    expect(told.said[0]?.body).toMatch(/Told late[^]*the cloud says no/);
    expect([told.statuses, await left()]).toEqual([["success: good"], []]);
  });

  it("stays while the forge is away, and what it will never take is dropped", async () => {
    await ended("run-1", "good");
    await leaveUntold(estate, "dev", { what: "apply", run: "run-1" });
    told.trouble = away();
    expect([(await after())?.code, await left()]).toEqual(["FORGE_UNREACHABLE", ["run-1"]]);
    told.trouble = new Problem("FORGE_REFUSED", { what: "no right", on: "forge", todo: "Give it." });
    expect([await after(), await left(), told.said]).toEqual([undefined, [], []]);
  });

  it("is not told again by the run that has told it itself: one commit takes it away, with what is told late beside it", async () => {
    await ended("run-1", "failed");
    await ended("run-2", "good");
    for (const run of ["run-1", "run-2"]) await leaveUntold(estate, "dev", { what: "apply", run });
    const ledger = await ledgerOf(estate, "dev");
    const before = (await ledger.log(50)).length;
    expect(await afterRun(estate, told.forge, { environment: "dev", drift: false, told: "run-2" })).toBeUndefined();
    expect([told.said.length, await left()]).toEqual([1, []]);
    const news = (await ledger.log(50)).slice(0, -before).map(({ sentence }) => sentence);
    expect(news).toEqual(["dev: the forge was told late of run-1"]);
    await leaveUntold(estate, "dev", { what: "apply", run: "run-2" });
    await afterRun(estate, told.forge, { environment: "dev", drift: false, told: "run-2" });
    expect([told.said.length, await left(), (await ledger.log(1))[0]?.sentence]).toEqual([1, [], "dev: the forge was told of run-2"]);
    await afterRun(estate, told.forge, { environment: "dev", drift: false, told: "run-2" });
    expect((await ledger.log(50)).length).toBe(before + 3);
  });

  it("does not take the place of a comment that had arrived after all", async () => {
    await ended("run-1", "good");
    await leaveUntold(estate, "dev", { what: "apply", run: "run-1" });
    told.said.push({ on: 7, body: "<!-- trueup:apply:dev:run-1 -->\nwith all its values" });
    await after();
    expect([told.said.length, told.statuses, await left()]).toEqual([1, ["success: good"], []]);
  });

  it("is the drift issue of all environments, also of one that was changed while the forge was away; without drift there is none", async () => {
    expect([await after(true), told.said]).toEqual([undefined, []]);
    await drifted("dev", "a", "b");
    await drifted("prod", "c");
    told.trouble = away();
    expect([(await after(true))?.code, await left()]).toEqual(["FORGE_UNREACHABLE", ["drift-issue"]]);
    told.trouble = undefined;
    await after();
    expect([told.said.map(({ on }) => on), await left()]).toEqual([["Drift: 3 findings in dev, prod"], []]);
    expect(await afterRun(estate, told.forge, { environment: "dev", drift: true, isForgeAway: true })).toBeUndefined();
    expect(await left()).toEqual(["drift-issue"]);
  });

  it("is for who only catches up a minute after it was recorded, and nothing where there is no forge or somebody is at work", async () => {
    await ended("run-1", "good");
    expect(await leftToTell(estate, "dev", true)).toBeUndefined();
    await leaveUntold(estate, "dev", { what: "apply", run: "run-1" });
    const due = await leftToTell(estate, "dev", true);
    expect(Math.abs((due?.getTime() ?? 0) - Date.now() - 60_000)).toBeLessThan(10_000);
    expect(await leftToTell(estate, "dev", false)).toBeUndefined();
    const { lease } = await (await ledgerOf(estate, "dev")).takeLease("run-2");
    expect(await leftToTell(estate, "dev", true)).toBeUndefined();
    await (await ledgerOf(estate, "dev")).releaseLease(lease);
  });
});
