import { describe, expect, it } from "vitest";
import { Problem } from "../../base/problem/index.ts";
import { parseCodeOwners } from "../owners/index.ts";
import { branchFindings, ledgerBranchFindings, type BranchProtection } from "./branches.ts";
import { environmentFindings, type EnvironmentFacts } from "./environments.ts";
import type { Finding, Looked } from "./finding.ts";
import { machineFindings, type MachineFacts } from "./machine.ts";
import { ownersFindings, type OwnersFacts } from "./owners.ts";
import { clockFinding, remoteFindings } from "./remote.ts";
import { tokenFindings } from "./token.ts";

const problem = (
  code: "PUSH_REFUSED" | "SECRETS_UNREADABLE" | "STATE_UNREACHABLE" | "FORGE_REFUSED" | "ENGINE_MISSING",
  what = code.toLowerCase(),
): Looked<never> => ({
  problem: new Problem(code, { what, on: "x", todo: "do it" }),
});
const brief = (findings: readonly Finding[]): readonly string[] => findings.map(({ state, check }) => `${state} ${check}`);
const notRight = (findings: readonly Finding[]): readonly string[] => brief(findings.filter(({ state }) => state !== "right"));
/** Everything but what is right says what to do. */
const complete = (findings: readonly Finding[]): boolean => findings.every(({ state, todo }) => state === "right" || (todo ?? "") !== "");

describe("an environment's branch", () => {
  const environment = { name: "prod", branch: "env/prod", approvals: { min: 1, from: [], codeOwners: true } };
  const good: BranchProtection = {
    exists: true,
    protected: true,
    requiredApprovals: 1,
    requiresCodeOwners: true,
    allowsForcePush: false,
    allowsDeletion: false,
    requiredStatuses: ["trueup/preview (prod)"],
    mayPush: [],
  };
  const seen = (more: Partial<BranchProtection>): readonly Finding[] => branchFindings({ environment, protection: { value: { ...good, ...more } } });

  it("is right when it asks for what the environment asks for", () => {
    expect(brief(seen({}))).toEqual(["protection", "reviews", "owner-reviews", "status", "force-push", "deletion", "pushers"].map((check) => `right ${check}`));
    expect(notRight(seen({ requiredApprovals: 3, mayPush: ["release-bot"], requiredStatuses: ["*pipeline*"] }))).toEqual([]);
  });

  it.each<[string, Partial<BranchProtection>, string]>([
    ["is not there", { exists: false, protected: false }, "wrong protection"],
    ["is not protected", { protected: false }, "wrong protection"],
    ["takes too few reviews", { requiredApprovals: 0 }, "wrong reviews"],
    ["does not take the owners'", { requiresCodeOwners: false }, "advice owner-reviews"],
    ["does not take the check of this environment", { requiredStatuses: ["trueup/preview (dev)"] }, "wrong status"],
    ["can be rewritten", { allowsForcePush: true }, "wrong force-push"],
    ["can be deleted", { allowsDeletion: true }, "wrong deletion"],
    ["takes pushes of everyone", { mayPush: ["*write*"] }, "wrong pushers"],
  ])("%s: one finding, with what to do", (_, fault, says) => {
    expect(notRight(seen(fault))).toEqual([says]);
    expect(complete(seen(fault))).toBe(true);
  });

  it("that wants no approvals is not blamed for taking none; that everyone may push is then advice", () => {
    const asks = { ...environment, approvals: { min: 0, from: [] } };
    expect(notRight(branchFindings({ environment: asks, protection: { value: { ...good, requiredApprovals: 0, mayPush: ["*write*"] } } }))).toEqual([
      "advice pushers",
    ]);
  });

  it("whose protection nobody may see, or that is on no forge, is neither right nor wrong", () => {
    expect(brief(branchFindings({ environment, protection: problem("FORGE_REFUSED") }))).toEqual(["unknown protection"]);
    expect(brief(branchFindings({ environment, protection: undefined }))).toEqual(["unknown protection"]);
  });

  it("the ledger's is for one writer alone, without reviews", () => {
    const ledger = (more: Partial<BranchProtection>): readonly string[] => {
      const value = { ...good, requiredApprovals: 0, requiredStatuses: [], mayPush: ["runner"], ...more };
      return notRight(ledgerBranchFindings({ name: "prod", branch: "trueup/prod", protection: { value } }));
    };
    expect(ledger({})).toEqual([]);
    expect(ledger({ exists: false })).toEqual(["advice ledger"]);
    expect(ledger({ protected: false })).toEqual(["wrong ledger"]);
    expect(ledger({ allowsForcePush: true })).toEqual(["wrong force-push"]);
    expect(ledger({ allowsDeletion: true })).toEqual(["wrong deletion"]);
    expect(ledger({ mayPush: ["*write*"] })).toEqual(["wrong ledger-writers"]);
    expect(ledger({ mayPush: ["runner", "ann"] })).toEqual(["wrong ledger-writers"]);
    expect(ledger({ mayPush: [] })).toEqual(["unknown ledger-writers"]);
    expect(ledger({ requiredApprovals: 1 })).toEqual(["wrong ledger-writers"]);
  });
});

describe("CODEOWNERS", () => {
  const facts = (text: string, more: Partial<OwnersFacts> = {}): OwnersFacts => ({
    branch: "env/prod",
    askedBy: ["prod"],
    read: { kind: "read", file: parseCodeOwners(text, "CODEOWNERS", "github") },
    folders: { "environments/": ["environments/prod/environment.ts"], "stacks/": ["stacks/a/index.ts", "stacks/b/index.ts"] },
    standings: new Map([["@ann", { value: "may write" }]]),
    ...more,
  });

  it("is right when it parses, covers what decides, and names people who may write", () => {
    expect(ownersFindings(facts("* @ann\n")).map(({ state, says }) => `${state} ${says}`)).toEqual([
      "right it parses",
      "right it covers environments/, stacks/, CODEOWNERS",
      "right @ann may write",
    ]);
  });

  it.each<[string, OwnersFacts, RegExp]>([
    ["absent though it is asked for", facts("", { read: { kind: "none", what: "there is no CODEOWNERS" } }), /^wrong there is no CODEOWNERS, and prod asks/],
    ["a link", facts("", { askedBy: [], read: { kind: "unreadable", what: "CODEOWNERS is no plain file" } }), /^wrong CODEOWNERS is no plain file/],
    ["with a line that the host skips", facts("* @ann\n!x @ann\n"), /^wrong line 2: /],
    ["that does not own itself", facts("/environments/ @ann\n/stacks/ @ann\n"), /^wrong nobody owns CODEOWNERS$/],
    ["that leaves a folder out", facts("/environments/ @ann\n/CODEOWNERS @ann\n"), /^wrong nobody owns stacks\/$/],
    ["that leaves a file out", facts("* @ann\n/stacks/b/\n"), /^wrong nobody owns stacks\/b\/index\.ts$/],
    [
      "that names somebody who may not write",
      facts("* @ann\n", { standings: new Map([["@ann", { value: "may not write" }]]) }),
      /^wrong @ann does not exist, or may not write/,
    ],
    ["that names an address", facts("* @ann a@b.example\n"), /^wrong a@b\.example is an e-mail address/],
    [
      "that names a team of which nothing is told",
      facts("* @ann @acme/x\n", {
        standings: new Map([
          ["@ann", { value: "may write" }],
          ["@acme/x", { value: "unsaid" }],
        ]),
      }),
      /^unknown whether @acme\/x/,
    ],
    ["that nobody can be asked about", facts("* @ann\n", { standings: undefined }), /^unknown whether 1 owners/],
    ["absent, and nobody asks for it", facts("", { askedBy: [], read: { kind: "none", what: "there is no CODEOWNERS" } }), /^advice there is no CODEOWNERS/],
  ])("%s: one finding", (_, given, says) => {
    const found = ownersFindings(given);
    const others = found.filter(({ state }) => state !== "right");
    expect(others.map(({ state, says: words }) => `${state} ${words}`)).toEqual([expect.stringMatching(says)]);
    expect(complete(found)).toBe(true);
  });
});

describe("the machine, the remote, the clock and the token", () => {
  const machine: MachineFacts = { node: "24.1.0", engine: { value: "3.259.0" }, engineVersions: ">=3.250.0 <4", bubblewrap: "bubblewrap 0.9.0" };
  it.each<[string, Partial<MachineFacts>, readonly string[]]>([
    ["nothing", {}, []],
    ["an old Node", { node: "22.17.1" }, ["wrong node"]],
    ["no engine", { engine: problem("ENGINE_MISSING") }, ["wrong engine"]],
    ["an engine of another version", { engineVersions: ">=3.260" }, ["wrong engine"]],
    ["no bubblewrap", { bubblewrap: undefined }, ["advice isolation"]],
  ])("say what is wrong with the machine: %s", (_, fault, says) => {
    expect(notRight(machineFindings({ ...machine, ...fault }))).toEqual(says);
  });

  it("say whether the remote takes what a run pushes", () => {
    const pushes = [{ branch: "trueup/prod", push: { value: true } as const }];
    expect(brief(remoteFindings({ fetch: { value: true }, pushes }))).toEqual(["right remote", "right push"]);
    expect(notRight(remoteFindings({ fetch: { value: true }, pushes: [{ branch: "trueup/prod", push: problem("PUSH_REFUSED") }] }))).toEqual(["wrong push"]);
    expect(brief(remoteFindings({ fetch: problem("PUSH_REFUSED"), pushes: [] }))).toEqual(["wrong remote"]);
  });

  it("say how far the clock is off, either way", () => {
    const state = (aheadMs: number, ledgerAheadMs = 0): string => clockFinding({ aheadMs: { value: aheadMs }, ledgerAheadMs }).state;
    expect([state(0), state(59_000), state(-59_000), state(61_000), state(-61_000), state(0, 61_000)]).toEqual([
      "right",
      "right",
      "right",
      "wrong",
      "wrong",
      "wrong",
    ]);
    expect(clockFinding({ aheadMs: undefined, ledgerAheadMs: 0 }).state).toBe("unknown");
    expect(clockFinding({ aheadMs: problem("FORGE_REFUSED"), ledgerAheadMs: 0 }).state).toBe("unknown");
  });

  it("say what the token reads", () => {
    expect(brief(tokenFindings({ "pull requests": { value: true } }))).toEqual(["right token"]);
    expect(brief(tokenFindings({ "pull requests": problem("FORGE_REFUSED") }))).toEqual(["wrong token"]);
    expect(brief(tokenFindings(undefined))).toEqual(["unknown token"]);
  });
});

describe("an environment", () => {
  const lease = { run: "r1", who: "ann", host: "ci", since: "2026-11-21T08:00:00Z", isExpired: false, holder: "alive" } as const;
  const facts: EnvironmentFacts = {
    name: "prod",
    lease: { value: undefined },
    state: { value: { backend: "s3://b", stack: "shop", exists: true, isLive: true } },
    passphrase: { value: true },
  };
  it.each<[string, Partial<EnvironmentFacts>, readonly string[]]>([
    ["nothing", {}, []],
    ["a run that lives", { lease: { value: lease } }, []],
    ["a run elsewhere of which nothing is known", { lease: { value: { ...lease, holder: "unknown" } } }, []],
    ["a run that is dead", { lease: { value: { ...lease, holder: "dead" } } }, ["wrong lease"]],
    ["a run that has not renewed", { lease: { value: { ...lease, isExpired: true } } }, ["wrong lease"]],
    ["a state that is not where it was", { state: { value: { backend: "s3://b", stack: "shop", exists: false, isLive: true } } }, ["wrong state"]],
    ["no state yet", { state: { value: { backend: "s3://b", stack: "shop", exists: false, isLive: false } } }, []],
    ["a backend that is away", { state: problem("STATE_UNREACHABLE") }, ["wrong state", "unknown passphrase"]],
    ["a passphrase that does not open it", { state: problem("SECRETS_UNREADABLE") }, ["wrong passphrase"]],
    ["no passphrase", { state: problem("SECRETS_UNREADABLE"), passphrase: problem("SECRETS_UNREADABLE") }, ["unknown state", "wrong passphrase"]],
  ])("is told with what is wrong: %s", (_, fault, says) => {
    const found = environmentFindings({ ...facts, ...fault });
    expect(notRight(found)).toEqual(says);
    expect(complete(found)).toBe(true);
    expect(found).toHaveLength(3);
  });
});
