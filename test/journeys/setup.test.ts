import { chmod, mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { systemClock } from "../../src/base/clock/index.ts";
import { thisMachine } from "../../src/base/process/index.ts";
import type { Finding } from "../../src/domain/doctor/index.ts";
import { openStandin, type Standin } from "../../src/satellites/forge-standin/index.ts";
import { bootstrapEstate, examineEstate } from "../../src/workflows/doctor/index.ts";
import { openEstate, type Estate } from "../../src/workflows/estate/index.ts";
import { openLedger, thisOwner } from "../../src/workflows/ledger/index.ts";
import { engine, isFull, newHome, type Home } from "./estate.ts";
import { two } from "./team.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const dialects = isFull ? (["github", "gitlab"] as const) : (["github"] as const);
const begin = { cidr: "10.1.0.0/16", tier: "small", joinToken: "join-4f1c9a" };
const secrets = 'secrets: { provider: "passphrase", from: { env: "TRUEUP_DEV_PASSPHRASE" } },';
const rules = "approvals: { min: 1, from: [], codeOwners: true },";
const files = {
  ...two(secrets),
  "environments/dev/values.json": `${JSON.stringify({ east: begin, west: begin }, undefined, 2)}\n`,
  CODEOWNERS: "* @bob @cyd\n",
};
const source = `https://forge.example/acme/trueup@${"a".repeat(40)}`;
type Variables = Readonly<Record<string, string | undefined>>;

/** One fault: how it is planted, and what is found because of it. It is taken away again by what planting gives back. */
interface Fault {
  readonly name: string;
  readonly plant: () => Promise<Planted> | Planted;
  readonly finds: readonly string[];
  /** Where it can be planted: on GitHub a branch that bootstrap protected is held by its ruleset besides. */
  readonly only?: Standin["name"];
}
interface Planted {
  readonly variables?: Variables;
  readonly path?: string;
  readonly undo?: () => Promise<unknown> | unknown;
}

describe.skipIf(engine === undefined).each(dialects)("an environment is set up on %s, and looked after", (name) => {
  let forge: Standin;
  let home: Home;
  let variables: Variables;
  let tools: string;

  const opened = async <T>(work: (estate: Estate) => Promise<T>, more: Planted = {}): Promise<T> => {
    const machine = thisMachine();
    const told: Variables = { ...variables, ...more.variables };
    const path = more.path ?? `${tools}:${machine.path}`;
    const variable = (key: string): string | undefined => (key in told ? told[key] : machine.variable(key));
    const estate = await openEstate({ directory: home.clone, machine: { ...machine, path, variable }, clock: systemClock });
    try {
      return await work(estate);
    } finally {
      await estate.close();
    }
  };
  const bootstrap = (dryRun: boolean): ReturnType<typeof bootstrapEstate> =>
    opened((estate) => bootstrapEstate(estate, { environments: ["dev"], runBy: { ci: name, source }, dryRun }));
  const examine = async (more: Planted = {}): Promise<readonly Finding[]> => (await opened((estate) => examineEstate(estate, ["dev"]), more)).findings;
  const brief = (found: readonly Finding[]): readonly string[] =>
    found.filter(({ state }) => state !== "right").map(({ state, check, on }) => `${state} ${check} ${on}`);
  const cli = (...args: string[]) =>
    home.run(args, { variables: Object.fromEntries(Object.entries(variables).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]))) });
  const remoteBranches = async (): Promise<string> => home.git("ls-remote", "--heads", "origin");

  beforeAll(async () => {
    forge = await openStandin(name);
    home = await newHome(files, forge.path);
    await home.git("push", "--quiet", "origin", "--delete", "env/dev");
    tools = join(home.folder, "tools");
    await mkdir(tools);
    await writeFile(join(tools, "bwrap"), "#!/bin/sh\necho bubblewrap 0.9.0\n");
    await chmod(join(tools, "bwrap"), 0o755);
    const { kind, api, repository, credentials } = forge.settings({ login: "ann" });
    variables = {
      TRUEUP_FORGE: kind,
      TRUEUP_FORGE_API: api,
      TRUEUP_FORGE_REPOSITORY: repository,
      TRUEUP_FORGE_TOKEN: "token" in credentials ? credentials.token.reveal() : "",
      TRUEUP_ENGINE: engine,
      TRUEUP_DEV_PASSPHRASE: "correct horse",
      GITHUB_ACTIONS: undefined,
      GITLAB_CI: undefined,
    };
  });
  afterAll(async () => {
    await home?.remove();
    await forge?.close();
  });

  test("a dry run of bootstrap says what it would do and does none of it", async () => {
    const before = await remoteBranches();
    const steps = await bootstrap(true);
    expect(steps.filter(({ state }) => state === "would").map(({ step }) => step)).toEqual(
      expect.arrayContaining(["branch", "ledger", "protection", "ledger-protection", "ci"]),
    );
    expect(steps.some(({ state }) => state === "done")).toBe(false);
    expect(await remoteBranches()).toBe(before);
    expect(await home.git("status", "--porcelain")).toBe("");
    expect(forge.requests.filter(({ purpose }) => purpose === "protection.write")).toEqual([]);
  });

  test("bootstrap makes branch, ledger, protection and pipelines, says what it did not do and why, and does nothing when it is called again", async () => {
    const told = await cli("bootstrap", "--env", "dev", "--ci", name, "--trueup", source, "-o", "json");
    expect([told.exit, told.lines]).toEqual([0, expect.anything()]);
    const { steps } = (JSON.parse(told.out) as { data: { steps: { step: string; state: string; says: string; todo?: string }[] } }).data;
    const states = (step: string): readonly string[] => steps.filter((one) => one.step === step).map(({ state }) => state);
    expect([states("branch"), states("ledger"), states("protection")[0], states("ledger-protection")]).toEqual([["done"], ["done"], "done", ["done", "left"]]);
    expect(steps.filter(({ state }) => state === "left").every(({ todo }) => (todo ?? "") !== "")).toBe(true);
    expect(await remoteBranches()).toMatch(/refs\/heads\/env\/dev[^]*refs\/heads\/trueup\/dev/);
    expect(await home.git("status", "--porcelain")).toMatch(name === "github" ? /\.github/ : /\.gitlab/);
    const again = await bootstrap(false);
    expect(again.filter(({ state }) => state === "done")).toEqual([]);
    const [writes, after] = [forge.events.filter(({ did }) => did === "protection.write").length, await remoteBranches()];
    await bootstrap(false);
    expect([forge.events.filter(({ did }) => did === "protection.write").length, await remoteBranches()]).toEqual([writes, after]);
    await home.git("clean", "--quiet", "-fd");
  });

  test("what bootstrap made can be applied; asked again when the rules became stricter, it raises the protection to them", async () => {
    const applied = await cli("apply", "dev");
    expect([applied.exit, applied.lines]).toEqual([0, expect.anything()]);
    forge.push("ann", "env/dev", { files: two(`${rules}\n  ${secrets}`) as Readonly<Record<string, string>> });
    expect((await cli("apply", "dev")).exit).toBe(0);
    const raised = (await bootstrap(false)).filter(({ state }) => state === "done");
    expect(raised.filter(({ step }) => step !== "ci").map(({ step, says }) => `${step}: ${says}`)).toEqual([
      expect.stringMatching(/^protection: is now protected: 1 review, the owners' reviews/),
    ]);
    await home.git("clean", "--quiet", "-fd");
  });

  test("without a forge bootstrap does the rest, and says what is left", async () => {
    const alone = await opened((estate) => bootstrapEstate(estate, { environments: ["dev"], runBy: { agent: true }, dryRun: false }), {
      variables: { TRUEUP_FORGE: undefined, TRUEUP_FORGE_REPOSITORY: undefined, TRUEUP_FORGE_TOKEN: undefined },
    });
    expect(alone.map(({ step, state }) => `${state} ${step}`)).toEqual([
      "there branch",
      "there ledger",
      "left protection",
      "left ledger-protection",
      "done agent",
      "done agent",
      "left agent",
      "left agent",
    ]);
    await home.git("clean", "--quiet", "-fd");
  });

  test("what the doctor finds wrong after bootstrap is what bootstrap left to a person, with what to do", async () => {
    const left = (await bootstrap(false)).filter(({ state, step }) => state === "left" && step.includes("protection"));
    const wrong = (await examine()).filter(({ state }) => state === "wrong");
    expect(wrong.map(({ on, says }) => `${on}: ${says}`).toSorted()).toEqual(left.map(({ on, says }) => `${on}: ${says}`).toSorted());
    const status = /Pipelines must succeed/;
    const expected = { github: [/runs trueup/], gitlab: [status, /runs trueup/] } as const;
    expect(left.map(({ todo }) => todo)).toEqual(expected[name].map((words) => expect.stringMatching(words) as string));
    await home.git("clean", "--quiet", "-fd");
  });

  describe("the doctor", () => {
    const ledgerOpen = { requiredApprovals: 0, allowsForcePush: false, mayPush: ["bob"] } as const;
    beforeAll(() => {
      // What bootstrap left to a person: who may write the ledger, and on GitLab that a merge waits for what the preview says.
      forge.protect("trueup/dev", ledgerOpen);
      forge.policy.pipelinesMustSucceed = name === "gitlab";
    });

    const push = (content: string) => (): Planted => {
      forge.push("ann", "env/dev", { files: { CODEOWNERS: content } });
      return { undo: () => forge.push("ann", "env/dev", { files: { CODEOWNERS: files.CODEOWNERS } }) };
    };
    const ledger = (more: object) => (): Planted => {
      forge.protect("trueup/dev", { ...ledgerOpen, ...more });
      return { undo: () => forge.protect("trueup/dev", ledgerOpen) };
    };
    const permission = (): Planted => {
      forge.setPermission("cyd", "read");
      return { undo: () => forge.setPermission("cyd", "write") };
    };
    const deadRun = (): Promise<Planted> =>
      opened(async (estate) => {
        const owner = { ...thisOwner(estate.machine.host, "ann"), owner: "d".repeat(16), pid: 4_194_000, startTicks: 1 };
        const directory = join(home.folder, "elsewhere");
        const left = openLedger({ repository: estate.repository, prefix: "trueup", environment: "dev", owner, clock: systemClock, directory });
        await left.takeLease("left");
        return {
          undo: () =>
            opened(async (other) =>
              openLedger({ repository: other.repository, prefix: "trueup", environment: "dev", owner, clock: systemClock, directory }).cancelLease("left", {
                by: "ann",
                reason: "it is dead",
              }),
            ),
        };
      });
    const noPushes = async (): Promise<Planted> => {
      const git = (...args: string[]): Promise<string> => home.git(`--git-dir=${home.remote}`, ...args);
      await git("config", "receive.denyDeletes", "perhaps");
      return { undo: () => git("config", "--unset", "receive.denyDeletes") };
    };
    const stateGone = async (): Promise<Planted> => {
      const [state, away] = [join(home.clone, ".trueup/state"), join(home.folder, "away")];
      await rename(state, away);
      return {
        undo: async () => {
          await rename(state, join(home.folder, `empty-${Date.now()}`));
          await rename(away, state);
        },
      };
    };
    const late = (): Planted => {
      forge.fault({
        match: name === "github" ? /^GET \/?$/ : /^GET \/api\/v4\/?$/,
        times: 99,
        status: 200,
        headers: { date: new Date(Date.now() + 600_000).toUTCString() },
      });
      return { undo: () => forge.clearFaults() };
    };
    const otherTools = async (): Promise<Planted> => {
      const folder = join(home.folder, "broken-tools");
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, "bwrap"), "#!/bin/sh\nexit 1\n");
      await chmod(join(folder, "bwrap"), 0o755);
      return { path: `${folder}:${thisMachine().path}` };
    };
    const told = (more: Variables) => (): Planted => ({ variables: more });

    const faults: readonly Fault[] = [
      {
        name: "merges that wait for no pipeline",
        plant: () => {
          forge.policy.pipelinesMustSucceed = false;
          return { undo: () => (forge.policy.pipelinesMustSucceed = true) };
        },
        finds: ["wrong status env/dev"],
        only: "gitlab",
      },
      { name: "an owner who may no longer write", plant: permission, finds: ["wrong owners CODEOWNERS of env/dev"] },
      { name: "CODEOWNERS that leaves stacks out", plant: push("/environments/ @bob\n/CODEOWNERS @bob\n"), finds: ["wrong owners CODEOWNERS of env/dev"] },
      { name: "CODEOWNERS with a line that means nothing", plant: push("* @bob\n/nothing/ nobody\n"), finds: ["wrong owners CODEOWNERS of env/dev"] },
      { name: "a ledger that can be rewritten", plant: ledger({ allowsForcePush: true }), finds: ["wrong force-push trueup/dev"], only: "gitlab" },
      { name: "a ledger that everyone may write", plant: ledger({ mayPush: undefined }), finds: ["wrong ledger-writers trueup/dev"] },
      { name: "a ledger that two may write", plant: ledger({ mayPush: ["bob", "cyd"] }), finds: ["wrong ledger-writers trueup/dev"] },
      { name: "a remote that takes no pushes", plant: noPushes, finds: ["wrong push trueup/dev"] },
      { name: "a lease that a dead run left", plant: deadRun, finds: ["wrong lease dev"] },
      { name: "a state that is gone", plant: stateGone, finds: ["wrong state dev"] },
      { name: "no passphrase", plant: told({ TRUEUP_DEV_PASSPHRASE: undefined }), finds: ["unknown state dev", "wrong passphrase dev"] },
      { name: "another passphrase", plant: told({ TRUEUP_DEV_PASSPHRASE: "wrong horse" }), finds: ["wrong passphrase dev"] },
      { name: "a clock ten minutes late", plant: late, finds: ["wrong clock this machine"] },
      { name: "bubblewrap that does not run", plant: otherTools, finds: ["advice isolation this machine"] },
      {
        name: "no engine",
        plant: told({ TRUEUP_ENGINE: "/nowhere/pulumi" }),
        finds: ["wrong engine this machine", "wrong state dev", "unknown passphrase dev"],
      },
    ];

    test("finds nothing wrong where nothing is: exit 0, in the versioned envelope too", async () => {
      const found = await examine();
      expect(brief(found)).toEqual([]);
      expect(found.length).toBeGreaterThan(18);
      const { exit, out } = await cli("doctor", "dev", "-o", "json");
      const { apiVersion, kind, data } = JSON.parse(out) as { apiVersion: string; kind: string; data: { findings: readonly Finding[] } };
      expect([exit, apiVersion, kind]).toEqual([0, "trueup/v1", "Doctor"]);
      expect(data.findings.map(({ check }) => check)).toEqual(found.map(({ check }) => check));
    });

    // The slice plants those that do not touch each other at once.
    const alone = faults.filter(({ only = name }) => isFull && only === name);
    test.skipIf(!isFull).each(alone.map((fault) => [fault.name, fault] as const))("finds %s, and nothing else; taken away, nothing", async (_, fault) => {
      const planted = await fault.plant();
      let found: readonly Finding[];
      try {
        found = await examine(planted);
      } finally {
        await planted.undo?.();
      }
      expect([...brief(found)].sort()).toEqual([...fault.finds].sort());
      expect(found.filter(({ state, todo }) => state !== "right" && (todo ?? "") === "")).toEqual([]);
    });

    test("finds several faults at once, each with what to do: exit 1", async () => {
      const together = [
        "an owner who may no longer write",
        "a ledger that everyone may write",
        "a remote that takes no pushes",
        "a lease that a dead run left",
        "another passphrase",
        "a clock ten minutes late",
      ];
      const chosen = faults.filter((fault) => together.includes(fault.name));
      // A lease is pushed, so that it comes before the remote is closed.
      const planted: Planted[] = [];
      for (const fault of [...chosen].sort((a) => (a.plant === deadRun ? -1 : 0))) planted.push(await fault.plant());
      const more: Planted = { variables: Object.assign({}, ...planted.map((one) => one.variables ?? {})) as Variables };
      try {
        const found = await examine(more);
        expect([...brief(found)].sort()).toEqual(chosen.flatMap(({ finds }) => finds).toSorted());
        expect(found.filter(({ state, todo }) => state !== "right" && (todo ?? "") === "")).toEqual([]);
        const { exit, out } = await cli("doctor", "dev");
        expect([exit, out]).toEqual([1, expect.stringMatching(/^wrong +trueup\/dev: push: .* → /m)]);
      } finally {
        for (const one of planted.reverse()) await one.undo?.();
      }
      expect(brief(await examine())).toEqual([]);
    });

    test("without a forge looks at all the rest, and says what it could not look at", async () => {
      const found = await examine({ variables: { TRUEUP_FORGE: undefined, TRUEUP_FORGE_REPOSITORY: undefined, TRUEUP_FORGE_TOKEN: undefined } });
      expect(brief(found)).toEqual([
        "unknown clock this machine",
        "unknown token the forge",
        "unknown protection env/dev",
        "unknown ledger trueup/dev",
        "unknown owners CODEOWNERS of env/dev",
      ]);
    });
  });
});
