import { describe, expect, it } from "vitest";
import { decideCommand, type EnvironmentStanding, type Request } from "./decide.ts";
import { headWhenWritten } from "./head.ts";
import type { Speaker } from "./rights.ts";
import type { Command } from "./verbs.ts";

const head = "a".repeat(40);
const older = "b".repeat(40);
const prod: EnvironmentStanding = { approvals: { min: 1, from: ["@acme/ops", "dan"] }, stacks: ["shop", "data"], locks: [] };

interface Changes {
  readonly command?: Partial<Command>;
  readonly comment?: Partial<Request["comment"]>;
  readonly pullRequest?: Partial<Request["pullRequest"]>;
  readonly person?: Partial<Speaker>;
  readonly environments?: Request["environments"];
  readonly headWhenWritten?: string | undefined;
}

function ask(verb: Command["verb"], changes: Changes = {}): string {
  const decision = decideCommand({
    command: { verb, environments: [], ...changes.command },
    comment: { author: "eve", bot: false, ours: false, edited: false, ...changes.comment },
    pullRequest: { number: 7, state: "open", author: "ann", base: "env/prod", head, fork: false, pushers: ["ann", "bob"], ...changes.pullRequest },
    person: { login: "eve", permission: "write", teams: ["@acme/ops"], ...changes.person },
    headWhenWritten: "headWhenWritten" in changes ? changes.headWhenWritten : head,
    environments: changes.environments ?? { prod },
  });
  if (decision.kind === "run") return `run ${decision.orders.map(({ environment }) => environment ?? "-").join(" ")}`;
  return decision.kind === "refuse" ? `${decision.what}. ${decision.todo}` : `ignored: ${decision.why}`;
}

const by = (permission: Speaker["permission"], login = "eve", teams: readonly string[] = []): Changes => ({ person: { login, permission, teams } });
const locked = (who: string): Request["environments"] => ({ prod: { ...prod, locks: [{ id: "1", by: who, stacks: [] }] } });
const anybody: Request["environments"] = { prod: { ...prod, approvals: { min: 1, from: [] } } };
const running = (who: string): Request["environments"] => ({ prod: { ...prod, run: { id: "r1", by: who } } });

describe("who may", () => {
  it.each([
    ["help", by("read"), /^run/],
    ["help", by("none"), /may not help: you may not read/],
    ["status", by("read"), /^run prod/],
    ["preview", by("read"), /may not write/],
    ["preview", by("read", "Ann"), /^run prod/],
    ["preview", { ...by("read", "ann"), pullRequest: { fork: true } }, /comes from a fork/],
    ["preview", { ...by("write"), pullRequest: { fork: true } }, /^run prod/],
    ["drift", by("read"), /may not write/],
    ["drift", by("write"), /^run prod/],
    ["drift", { ...by("write"), command: { fix: true } }, /only @acme\/ops, dan may/],
    ["drift", { ...by("write", "Dan"), command: { fix: true } }, /^run prod/],
    ["adopt", by("write"), /only @acme\/ops, dan may/],
    ["adopt", { ...by("write", "dan"), command: { stack: "shop" } }, /^run prod/],
    ["ignore", by("read", "dan"), /may not write/],
    ["ignore", by("write"), /only @acme\/ops, dan may/],
    ["ignore", { ...by("write", "dan"), headWhenWritten: undefined, pullRequest: { state: "closed" } }, /^run prod/],
    ["apply", by("read", "dan"), /may not write/],
    ["apply", by("admin"), /only @acme\/ops, dan may/],
    ["apply", by("write", "eve", ["@acme/ops"]), /^run prod/],
    ["apply", { ...by("write"), environments: { prod: { ...prod, approvals: { min: 0, from: [] } } } }, /^run prod/],
    ["approve", by("write", "eve", ["@acme/ops"]), /^run prod/],
    ["approve", by("write"), /only @acme\/ops, dan may/],
    ["approve", by("admin", "ANN", ["@acme/ops"]), /your own pull request/],
    ["approve", by("admin", "bob", ["@acme/ops"]), /wrote or pushed/],
    ["approve", by("read", "dan"), /may not write/],
    ["approve", { ...by("write", "dan"), pullRequest: { pushersUnknown: "it is hidden" } }, /^run prod/],
    ["approve", { ...by("write"), environments: anybody }, /^run prod/],
    [
      "approve",
      { ...by("admin"), environments: anybody, pullRequest: { pushersUnknown: "it is hidden" } },
      /cannot be known who pushed it \(it is hidden\), and `approvals\.from` names nobody/,
    ],
    ["lock", by("write"), /^run prod/],
    ["lock", by("read"), /may not write/],
    ["unlock", { ...by("write"), environments: locked("eve") }, /^run prod/],
    ["unlock", { ...by("write"), environments: locked("dan") }, /another's lock/],
    ["unlock", { ...by("maintain"), environments: locked("dan") }, /^run prod/],
    ["cancel", { ...by("write"), environments: running("eve") }, /^run prod/],
    ["cancel", { ...by("read"), environments: running("eve") }, /may not write/],
    ["cancel", { ...by("write"), environments: running("dan") }, /another's run/],
    ["cancel", { ...by("admin"), environments: running("dan") }, /^run prod/],
  ] as const)("%s (%#)", (verb, changes, says) => {
    expect(ask(verb, changes)).toMatch(says);
  });
});

describe("what a command is about", () => {
  it("is the head that was there when the comment was written", () => {
    expect(ask("apply", { headWhenWritten: older })).toBe(
      "the comment was written for bbbbbbb, the head is aaaaaaa now. Look at the preview of aaaaaaa and write /trueup apply again.",
    );
    for (const verb of ["apply", "approve", "retry"] as const)
      expect(ask(verb, { headWhenWritten: undefined })).toMatch(/nothing proves which head.*the head is aaaaaaa now/);
    expect(ask("drift", { headWhenWritten: older, command: { fix: true } })).toMatch(/written for bbbbbbb/);
    for (const verb of ["help", "status", "preview", "drift", "lock"] as const) expect(ask(verb, { headWhenWritten: older })).toMatch(/^run/);
  });

  it("is an open or a merged pull request, for what means something there", () => {
    for (const verb of ["approve", "retry", "apply", "status", "help"] as const) expect(ask(verb, { pullRequest: { state: "merged" } })).toMatch(/^run/);
    expect(ask("preview", { pullRequest: { state: "merged" } })).toMatch(/means nothing for #7: it is merged/);
    expect(ask("apply", { pullRequest: { state: "closed" } })).toMatch(/closed without a merge/);
    expect(ask("rollback", { pullRequest: { state: "merged" }, headWhenWritten: undefined })).toMatch(/^run prod/);
    expect(ask("rollback")).toMatch(/rollback means nothing for #7: it is open/);
  });

  it("is an environment of the base branch, named where there are several and something would change", () => {
    const two = { prod, "prod-eu": prod };
    expect(ask("status", { environments: two })).toBe("run prod prod-eu");
    expect(ask("apply", { environments: two })).toMatch(/which environment.*Write --env: one or more of prod, prod-eu/);
    expect(ask("apply", { environments: two, command: { environments: ["prod-eu"] } })).toBe("run prod-eu");
    expect(ask("apply", { command: { environments: ["prd"] } })).toMatch(/no environment of the branch env\/prod\. Did you mean "prod"\?/);
    expect(ask("apply", { command: { environments: ["constructor"] } })).toMatch(/no environment of the branch/);
    expect(ask("apply", { environments: {} })).toMatch(/no environment lives on the branch env\/prod/);
    expect(ask("help", { environments: {} })).toBe("run -");
    expect(ask("drift", { command: { stack: "shp" } })).toMatch(/prod has no stack "shp"\. Did you mean "shop"\?/);
  });

  it("is there: a run to cancel, a lock to take away", () => {
    expect(ask("cancel")).toMatch(/no run holds the lease of prod/);
    expect(ask("unlock")).toMatch(/prod is not locked/);
    expect(ask("unlock", { environments: locked("eve"), command: { stack: "shop" } })).toMatch(/stack shop of prod has no lock of its own/);
  });

  it("is refused everywhere when one environment refuses", () => {
    const other = { ...prod, approvals: { min: 1, from: ["dan"] } };
    expect(ask("apply", { environments: { prod, other }, command: { environments: ["prod", "other"] } })).toMatch(/may not apply in other/);
  });

  it.each([
    [{ bot: true }, "ignored: a bot wrote it"],
    [{ ours: true }, "ignored: it is ours"],
    [{ edited: true }, "ignored: it was edited"],
  ])("is nothing for %j", (comment, says) => {
    expect(ask("help", { comment })).toBe(says);
  });
});

describe("the head when a comment was written", () => {
  const at = (minute: number): string => `2026-11-21T10:${String(minute).padStart(2, "0")}:00Z`;
  const facts = { head, updatedAt: at(30), committedAt: at(1), writtenAt: at(20), sightings: [] };

  it.each([
    ["nothing changed since", { updatedAt: at(20) }, head],
    ["something changed since, and no preview says what", {}, undefined],
    ["its preview was there before", { sightings: [{ commit: head, at: at(5) }] }, head],
    [
      "its preview came later, an older head's before",
      {
        sightings: [
          { commit: older, at: at(5) },
          { commit: head, at: at(25) },
        ],
      },
      older,
    ],
    [
      "it was there before an older one that people saw last",
      {
        sightings: [
          { commit: older, at: at(9) },
          { commit: head, at: at(5) },
        ],
      },
      older,
    ],
    ["its own date is after the comment", { updatedAt: at(20), committedAt: at(25) }, undefined],
    ["its own date says it is old, but nothing else does", { committedAt: at(0) }, undefined],
    ["its own date is not known", { updatedAt: at(20), committedAt: undefined }, head],
  ] as const)("is told when %s", (_, changes, expected) => {
    expect(headWhenWritten({ ...facts, ...changes })).toBe(expected);
  });
});
