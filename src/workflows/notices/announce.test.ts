import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { plainGit, testRemote, type TestRemote } from "../../adapters/git/test-remote.ts";
import { systemClock } from "../../base/clock/index.ts";
import { thisMachine } from "../../base/process/index.ts";
import { ledgerOf, openEstate, type Estate } from "../estate/index.ts";
import type { EnvironmentRecord, OpenFinding, RunRecord } from "../ledger/index.ts";
import { announce } from "./index.ts";
import { situationOf } from "./situation.ts";

const canary = 'canary-of-the-hook/4f"1c';
const variables: Readonly<Record<string, string>> = { HOOK_SECRET: canary, TRUEUP_NOTICE_DEADLINE: "1s", GITLAB_TOKEN: "glpat-canary-of-the-forge" };
const at = "2026-11-21T09:00:00.000Z";

interface Body {
  readonly id: string;
  readonly opened: readonly { readonly stack: string | null; readonly kind: string; readonly what: string }[];
  readonly resolved: readonly { readonly stack: string | null; readonly kind: string }[];
  readonly good: { readonly run: string } | null;
}

const finding = (stack: string, name = "web"): OpenFinding => ({
  stack,
  urn: `urn:${name}`,
  type: "aws:ec2/instance:Instance",
  name,
  kind: "changed",
  paths: ["tags.owner"],
  firstSeen: at,
  lastSeen: at,
  tries: 0,
});
const drift = (...findings: readonly OpenFinding[]): EnvironmentRecord["drift"] => ({ checkedAt: at, findings: [...findings] });

describe("what the ledger says and a receiver does not know", () => {
  let remote: TestRemote;
  let server: Server;
  let came: string[];
  let answer: (response: ServerResponse) => void;
  let estates: Estate[];
  let commit: string;

  beforeEach(async () => {
    came = [];
    estates = [];
    answer = (response) => void response.writeHead(200).end();
    server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => void parts.push(part));
      request.on("end", () => {
        came.push(Buffer.concat(parts).toString("utf8"));
        answer(response);
      });
    });
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    remote = testRemote();
    const clone = join(remote.folder, "clone");
    plainGit(remote.folder, ["clone", "--quiet", remote.path, clone]);
    const path = join(clone, "environments/dev/environment.ts");
    mkdirSync(dirname(path), { recursive: true });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
    const notices = `[{ webhook: ${JSON.stringify(url)}, secret: "HOOK_SECRET", on: ["failed", "drift", "refused", "good"] }]`;
    writeFileSync(
      path,
      `import { defineEnvironment } from "trueup";\nexport default defineEnvironment({ cloud: "sandbox", stacks: {}, notices: ${notices} });\n`,
    );
    plainGit(clone, ["add", "-A"]);
    plainGit(clone, ["commit", "--quiet", "-m", "One environment"]);
    plainGit(clone, ["push", "--quiet", "origin", "HEAD:refs/heads/env/dev"]);
    commit = plainGit(clone, ["rev-parse", "HEAD"]);
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => void server.close(() => resolve()));
    for (const estate of estates) await estate.close();
    await remote.remove();
  });

  /** Two take turns, each with a clone of its own: what one knows of the other it has from the ledger. */
  async function runner(): Promise<Estate> {
    const machine = thisMachine();
    const directory = join(remote.folder, `runner-${estates.length}`);
    const known = estates.length < 2 ? undefined : estates.shift();
    if (known === undefined) plainGit(remote.folder, ["clone", "--quiet", "--branch", "env/dev", remote.path, directory]);
    const told = { ...machine, variable: (name: string) => variables[name] ?? machine.variable(name) };
    const estate = known ?? (await openEstate({ directory, machine: told, clock: systemClock }));
    estates.push(estate);
    await estate.repository.fetch();
    return estate;
  }
  async function write(
    change: Partial<EnvironmentRecord>,
    more: { readonly runs?: readonly RunRecord[]; readonly trailers?: Record<string, string> } = {},
  ): Promise<void> {
    const ledger = await ledgerOf(await runner(), "dev");
    const branch = { name: "env/dev", head: commit, seenAt: at };
    await ledger.record((current) => ({ next: { ...current, branch, ...change }, sentence: "dev: as the test says", ...more }));
  }
  const run = (id: string, result: string, what?: string): RunRecord => ({
    schema: 1,
    id,
    kind: "apply",
    environment: "dev",
    commit,
    mergedBy: "ann",
    approvals: [],
    startedAt: at,
    endedAt: at,
    result,
    fencing: 1,
    units: [],
    overrides: [],
    timings: {},
    versions: {},
    problem: what === undefined ? null : { code: "POLICY_VIOLATED", what, on: "dev", todo: "Mend it." },
  });
  const applied = (id: string, result: string, what?: string): Promise<void> =>
    write({}, { runs: [run(id, result, what)], trailers: { Kind: "apply", Commit: commit, Result: result, Run: id } });
  const bodies = (): readonly Body[] => came.map((text) => JSON.parse(text) as Body);
  const told = (): readonly string[] =>
    bodies().map(({ opened, resolved, good }) =>
      [
        ...opened.map(({ stack, kind }) => `${stack ?? "all"} ${kind}`),
        ...resolved.map(({ stack, kind }) => `not ${stack ?? "all"} ${kind}`),
        ...(good === null ? [] : [`good ${good.run}`]),
      ].join(", "),
    );
  const tell = async (): Promise<string | undefined> => (await announce(await runner(), { environment: "dev" }))?.what;

  it("is told once, by whichever runner looks, and once more when it is over", async () => {
    await write({ drift: drift(finding("shop"), finding("shop", "db"), finding("data")) });
    expect([await tell(), await tell(), told()]).toEqual([undefined, undefined, ["shop drift, data drift"]]);
    expect(bodies()[0]?.opened[0]?.what).toBe("2 findings: Instance web (tags.owner); Instance db (tags.owner)");
    await write({ drift: drift(finding("data")) });
    await write({ drift: drift(finding("data", "another")) });
    await tell();
    await write({ drift: drift() });
    expect([await tell(), await tell(), told()]).toEqual([undefined, undefined, ["shop drift, data drift", "not shop drift", "not data drift"]]);
  });

  it("control: without what the ledger remembers, each run would tell it again", async () => {
    await write({ drift: drift(finding("shop")) });
    await tell();
    await write({ notices: undefined });
    await tell();
    expect(told()).toEqual(["shop drift", "shop drift"]);
  });

  it("is drift only once it is as old as alertAfter says, and at once when no repair will touch it any more: then somebody is called", async () => {
    const young = { ...finding("shop"), firstSeen: new Date().toISOString() };
    const rules = { stacks: [], drift: { mode: "detect" as const, ignore: [], alertAfterMs: 60_000 } };
    const ledger = await ledgerOf(await runner(), "dev");
    const kinds = async (one: OpenFinding, now: number): Promise<readonly string[]> => {
      const { environment } = (await ledger.read()) ?? {};
      if (environment === undefined) throw new Error("there is no ledger");
      const { incidents } = await situationOf(ledger, { ...environment, drift: drift(one) }, { rules, now: new Date(now) });
      return incidents.map(({ stack, kind }) => `${stack} ${kind}`);
    };
    await write({});
    const seen = Date.parse(young.firstSeen);
    expect([await kinds(young, seen + 59_999), await kinds(young, seen + 60_000)]).toEqual([[], ["shop drift"]]);
    expect(await kinds({ ...young, tries: 5, lastTry: young.firstSeen }, seen)).toEqual(["shop failed", "shop drift"]);
    await write({ drift: drift({ ...young, fightSince: young.firstSeen }) });
    expect([await tell(), told(), bodies()[0]?.opened[0]?.what]).toEqual([
      undefined,
      ["shop failed, shop drift"],
      expect.stringMatching(/someone else owns this$/),
    ]);
  });

  it("is how the newest apply ended: refused once although it is tried again and again, good once", async () => {
    await applied("run-1", "refused", "no owner tag");
    await tell();
    await applied("run-2", "refused", "no owner tag, still");
    await tell();
    await applied("run-3", "good");
    expect([await tell(), await tell(), told()]).toEqual([undefined, undefined, ["all refused", "not all refused, good run-3"]]);
  });

  it("is a stack that failed, with what its run says, and never a secret that slipped in", async () => {
    const said = `the cloud wants none of ${canary} and ${Buffer.from(canary).toString("base64")} and ${variables["GITLAB_TOKEN"] ?? ""} but-not-this-one`;
    const stack = {
      commit,
      closureDigest: "",
      stateDigest: "",
      result: "failed" as const,
      since: at,
      run: "run-1",
      resources: 1,
      pulumiStack: "dev.shop",
      backend: "",
      lastGood: null,
    };
    await write(
      { stacks: { shop: stack } },
      { runs: [run("run-1", "failed", said)], trailers: { Kind: "apply", Commit: commit, Result: "failed", Run: "run-1" } },
    );
    await tell();
    expect([told(), bodies()[0]?.opened[0]?.what]).toEqual([
      ["shop failed"],
      "POLICY_VIOLATED: the cloud wants none of [secret] and [secret] and [secret] but-not-this-one",
    ]);
    // The control: what this runner does not know to be secret is told.
    expect(came.join("\n")).toContain("but-not-this-one");
    for (const form of [canary, JSON.stringify(canary).slice(1, -1), "glpat-canary"]) expect(came.join("\n")).not.toContain(form);
  });

  it("is left for the next runner when nobody answers, and no run fails by that or waits for long", async () => {
    await write({ drift: drift(finding("shop")) });
    answer = () => undefined;
    const estate = await runner();
    const began = performance.now();
    expect((await announce(estate, { environment: "dev" }))?.lines).toEqual([
      expect.stringMatching(/^NOTICE_UNTOLD: webhook-\w{12}: it did not answer in time$/),
      "on notices of dev",
      expect.stringMatching(/^Correct the receiver/),
    ]);
    expect(performance.now() - began).toBeLessThan(3_000);
    answer = (response) => void response.writeHead(500).end();
    expect(await tell()).toMatch(/it answered 500$/);
    const before = came.length;
    answer = (response) => void response.writeHead(came.length === before + 1 ? 500 : 200).end();
    expect([await tell(), await tell(), came.length]).toEqual([undefined, undefined, before + 2]);
    expect(new Set(bodies().map(({ id }) => id)).size).toBe(1);
  });

  it("comes again under the same id when whoever told it died before it could write that down", async () => {
    await write({ drift: drift(finding("shop")) });
    const estate = await runner();
    const { repository } = estate;
    const get = (target: Estate["repository"], name: keyof Estate["repository"]): unknown => {
      if (name === "moveRef") return () => Promise.reject(new Error("killed"));
      const value: unknown = target[name];
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    };
    const died = { ...estate, repository: new Proxy(repository, { get: (target, name) => get(target, name as keyof Estate["repository"]) }) };
    expect((await announce(died, { environment: "dev" }))?.what).toBe("killed");
    expect([await tell(), await tell(), told()]).toEqual([undefined, undefined, ["shop drift", "shop drift"]]);
    expect(new Set(bodies().map(({ id }) => id)).size).toBe(1);
  });

  it("is left to the run that has just recorded it, by who only catches up", async () => {
    await write({ drift: drift(finding("shop")) });
    expect(await announce(await runner(), { environment: "dev", settledMs: 60_000 })).toBeUndefined();
    expect(came).toEqual([]);
    await announce(await runner(), { environment: "dev", settledMs: 0 });
    expect(told()).toEqual(["shop drift"]);
  });
});
