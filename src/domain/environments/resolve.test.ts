import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Problem } from "../../base/problem/index.ts";
import { resolveEnvironment, resolveOrganisation } from "./index.ts";

const silent = resolveOrganisation(undefined);
const shop = { kind: "stack", path: "stacks/shop", layer: "apps", args: { version: "1.20.0", count: 3 } };
const window = { kind: "allow", for: ["apply"], cron: "0 8 * * *", duration: "9h", tz: "Europe/Berlin" };
const minimal = { cloud: "sandbox", stacks: { shop } };

function outcomeOf(run: () => unknown): unknown {
  try {
    return run();
  } catch (thrown) {
    return thrown;
  }
}
function problemOf(run: () => unknown): Problem {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof Problem) return thrown;
    throw thrown;
  }
  throw new Error("nothing was refused");
}
const refused = (raw: unknown, organisation = silent): Problem => problemOf(() => resolveEnvironment("dev", raw, organisation));

describe("an environment with every default", () => {
  const environment = resolveEnvironment("dev", minimal, silent);

  it("follows its own branch, keeps the sandbox's passphrase, detects drift", () => {
    expect(environment).toMatchObject({
      name: "dev",
      branch: "env/dev",
      cloud: "sandbox",
      secrets: { provider: "passphrase", from: { sandbox: true } },
      drift: { mode: "detect", ignore: [] },
      apply: { whenChanged: "subset" },
      preview: { refresh: "always" },
      approvals: { min: 0, from: [] },
      retire: {},
      writeBack: "pr",
    });
  });

  it("is found nowhere unless it says where, as a browser writes it", () => {
    const at = (url: string) => resolveEnvironment("dev", { ...minimal, url }, silent).url;
    expect([environment.url, at("https://dev.acme.example"), at("http://10.0.0.7:8080/a b")]).toEqual([
      undefined,
      "https://dev.acme.example/",
      "http://10.0.0.7:8080/a%20b",
    ]);
  });

  it("names the Pulumi stack after environment and stack, and takes the version from args", () => {
    expect(environment.stacks[0]).toMatchObject({ pulumiStack: "dev.shop", version: "1.20.0", rollback: "auto", dependsOn: [], requires: {} });
  });

  it("looks for drift by its own clocks, and a stack by the environment's unless it says others", () => {
    const looks = { schedule: "0 3 * * *", tz: "Europe/Berlin" };
    const stacks = { shop, early: { ...shop, drift: { schedule: "0 1 * * *" } }, far: { ...shop, drift: { tz: "Asia/Tokyo" } } };
    const { drift, stacks: all } = resolveEnvironment("dev", { ...minimal, drift: looks, stacks }, silent);
    expect([drift, ...["shop", "early", "far"].map((name) => all.find((stack) => stack.name === name)?.drift)]).toEqual([
      { mode: "detect", ...looks, ignore: [] },
      { mode: "detect", ...looks, ignore: [] },
      { mode: "detect", schedule: "0 1 * * *", tz: "Europe/Berlin", ignore: [] },
      { mode: "detect", schedule: "0 3 * * *", tz: "Asia/Tokyo", ignore: [] },
    ]);
  });

  it("alerts of drift at the age that a stack says, else its environment, else at once", () => {
    const stacks = { shop, db: { ...shop, drift: { alertAfter: "0s" } } };
    const ages = (drift: object | undefined): unknown => {
      const all = resolveEnvironment("dev", { ...minimal, ...(drift === undefined ? {} : { drift }), stacks }, silent).stacks;
      return all.map((one) => one.drift.alertAfterMs);
    };
    expect([ages({ alertAfter: "30m" }), ages(undefined)]).toEqual([
      [1_800_000, 0],
      [undefined, 0],
    ]);
  });

  it("is frozen to the bottom", () => {
    expect(Object.isFrozen(environment)).toBe(true);
    expect(Object.isFrozen(environment.stacks[0]?.args)).toBe(true);
    expect(Object.isFrozen(environment.guards.maxDestroy)).toBe(true);
  });
});

describe("what is refused names file, path and what to write instead", () => {
  const cases: readonly [string, unknown, string, string][] = [
    ["an unknown key", { ...minimal, aprovals: {} }, "environments/dev/environment.ts, aprovals", 'Did you mean "approvals"?'],
    ["owners of a change that nobody must approve", { ...minimal, approvals: { codeOwners: true } }, "approvals.codeOwners", "approvals.min to 1"],
    [
      "owners for one stack alone",
      { ...minimal, stacks: { shop: { ...shop, approvals: { min: 1, codeOwners: true } } } },
      "stacks.shop.approvals.codeOwners",
      "",
    ],
    ["an unknown key of a stack", { ...minimal, stacks: { shop: { ...shop, dependOn: [] } } }, "stacks.shop.dependOn", 'Did you mean "dependsOn"?'],
    [
      "an unknown key of a check",
      { ...minimal, stacks: { shop: { ...shop, verify: [{ htp: "http://x" }] } } },
      "stacks.shop.verify[0].htp",
      'Did you mean "http"?',
    ],
    ["a cloud of another name", { ...minimal, cloud: "sandbx" }, "cloud", 'Did you mean "sandbox"?'],
    ["no cloud", { stacks: {} }, "cloud", "real"],
    ["a stack that is none", { ...minimal, stacks: { shop: { path: "stacks/shop" } } }, "stacks.shop", "stack<typeof program>"],
    ["a layer of another name", { ...minimal, stacks: { shop: { ...shop, layer: "app" } } }, "stacks.shop.layer", 'Did you mean "apps"?'],
    ["a name with capitals", { ...minimal, stacks: { Shop: shop } }, "stacks.Shop", "another name"],
    ["a function among the arguments", { ...minimal, stacks: { shop: { ...shop, args: { f: () => 1 } } } }, "stacks.shop.args.f", "plain objects"],
    ["a path out of the repository", { ...minimal, stacks: { shop: { ...shop, path: "../x" } } }, "stacks.shop.path", "Correct"],
    [
      "a duration",
      { ...minimal, windows: [{ kind: "allow", for: ["apply"], cron: "0 8 * * 1-5", duration: "9 hours", tz: "Europe/Berlin" }] },
      "windows[0].duration",
      "Correct",
    ],
    [
      "a cron expression",
      { ...minimal, windows: [{ kind: "allow", for: ["apply"], cron: "0 25 * * *", duration: "9h", tz: "Europe/Berlin" }] },
      "windows[0].cron",
      "Correct",
    ],
    [
      "a time zone",
      { ...minimal, windows: [{ kind: "allow", for: ["apply"], cron: "0 8 * * *", duration: "9h", tz: "Europe/Berlni" }] },
      "windows[0].tz",
      "Correct",
    ],
    ["a window of no length", { ...minimal, windows: [{ ...window, duration: "0m" }] }, "windows[0].duration", "Correct"],
    ["a window of a hundred days", { ...minimal, windows: [{ ...window, duration: "100d" }] }, "windows[0].duration", "Correct"],
    ["a window of another kind", { ...minimal, windows: [{ ...window, kind: "alow" }] }, "windows[0].kind", 'Did you mean "allow"?'],
    ["a window for what nothing asks yet", { ...minimal, windows: [{ ...window, for: ["promotion"] }] }, "windows[0].for[0]", "apply, drift, rollback"],
    ["a window for something else", { ...minimal, windows: [{ ...window, for: ["aply"] }] }, "windows[0].for[0]", 'Did you mean "apply"?'],
    ["a window for nothing", { ...minimal, windows: [{ ...window, for: [] }] }, "windows[0].for", "Correct"],
    ["fewer than none to destroy", { ...minimal, guards: { maxDestroy: { count: -1 } } }, "guards.maxDestroy.count", "Correct"],
    ["more than all to destroy", { ...minimal, guards: { maxDestroy: { percent: 101 } } }, "guards.maxDestroy.percent", "Correct"],
    ["a number in words", { ...minimal, guards: { maxDestroy: { count: "ten" } } }, "guards.maxDestroy.count", "Correct"],
    ["drift of another mode", { ...minimal, drift: { mode: "fixx" } }, "drift.mode", 'Did you mean "fix"?'],
    ["drift at no time", { ...minimal, drift: { schedule: "daily" } }, "drift.schedule", "Correct"],
    [
      "drift that is ignored for no reason",
      { ...minimal, drift: { ignore: [{ type: "aws:ec2/vpc:Vpc", path: "tags.owner" }] } },
      "drift.ignore[0].reason",
      "Add it",
    ],
    ["what becomes of changes by another name", { ...minimal, apply: { whenChanged: "halt" } }, "apply.whenChanged", "One of: subset, stop, ask"],
    ["no stack at a time", { ...minimal, apply: { parallel: 0 } }, "apply.parallel", "Correct"],
    ["a hook without a command", { ...minimal, hooks: { preApply: [{ run: [] }] } }, "hooks.preApply", "Correct"],
    ["fewer approvals than none", { ...minimal, approvals: { min: -1 } }, "approvals.min", "Correct"],
    ["a time zone of drift", { ...minimal, drift: { schedule: "0 3 * * *", tz: "Berlin" } }, "drift.tz", "Correct"],
    ["an age of drift", { ...minimal, drift: { alertAfter: "soon" } }, "drift.alertAfter", "Correct"],
    ["an age of one stack's drift", { ...minimal, stacks: { shop: { ...shop, drift: { alertAfter: 30 } } } }, "stacks.shop.drift.alertAfter", ""],
    ["a misspelt age of drift", { ...minimal, drift: { alertafter: "1h" } }, "drift.alertafter", 'Did you mean "alertAfter"?'],
    ["a range", { ...minimal, stacks: { shop, web: { ...shop, requires: { shop: "about 1" } } } }, "stacks.web.requires.shop", "Correct"],
    ["retire of a stack that is declared", { ...minimal, retire: { shop: "destroy" } }, "retire.shop", "Remove it"],
    ["a check of two kinds", { ...minimal, stacks: { shop: { ...shop, verify: [{ http: "http://x", tcp: "x:1" }] } } }, "stacks.shop.verify[0]", "Correct"],
    [
      "a port that there is none of",
      { ...minimal, stacks: { shop: { ...shop, verify: [{ tcp: "db.invalid:70000" }] } } },
      "stacks.shop.verify[0].tcp",
      "Correct",
    ],
    ["an address that is none", { ...minimal, url: "dev.acme.example" }, "url", "Correct"],
    ["an address of another kind", { ...minimal, url: "javascript:alert(1)" }, "url", "Correct"],
    ["an address with a password", { ...minimal, url: "https://ann:hunter2@dev.acme.example" }, "url", "Correct"],
    ["an address that is too long", { ...minimal, url: `https://dev.acme.example/${"x".repeat(240)}` }, "url", "Correct"],
    ["addresses", { ...minimal, url: ["https://dev.acme.example"] }, "url", "Correct"],
    ["a misspelt address", { ...minimal, ur1: "https://dev.acme.example" }, "ur1", 'Did you mean "url"?'],
    ["an address of one stack", { ...minimal, stacks: { shop: { ...shop, url: "https://dev.acme.example" } } }, "stacks.shop.url", "Known here"],
    ["no secrets on a real cloud", { ...minimal, cloud: "real" }, "secrets", "provider"],
    ["a way of writing back that there is none of", { ...minimal, writeBack: "comit" }, "writeBack", 'Did you mean "commit"?'],
    ["writing back said with yes or no", { ...minimal, writeBack: false }, "writeBack", "One of: pr, commit, none"],
    ["writing back of one stack", { ...minimal, stacks: { shop: { ...shop, writeBack: "none" } } }, "stacks.shop.writeBack", "Known here"],
    ["a length of runs", { ...minimal, apply: { expect: "long" } }, "apply.expect", "Correct"],
    ["a misspelt length of runs", { ...minimal, apply: { expects: "5m" } }, "apply.expects", 'Did you mean "expect"?'],
    ["a way back of another name", { ...minimal, stacks: { shop: { ...shop, rollback: "forward" } } }, "stacks.shop.rollback", "One of: auto, forward-only"],
    ["a way back of all stacks", { ...minimal, rollback: "forward-only" }, "rollback", "Known here"],
    ["a hook of another name", { ...minimal, hooks: { onRolback: { run: ["true"] } } }, "hooks.onRolback", 'Did you mean "onRollback"?'],
    ["a hook after a rollback with no command", { ...minimal, hooks: { onRollback: { run: [] } } }, "hooks.onRollback", "Add it"],
    ["a hook of no length", { ...minimal, hooks: { onRollback: { run: ["true"], deadline: "soon" } } }, "hooks.onRollback.deadline", "Correct"],
    ["another guard", { ...minimal, guards: { maxDelete: { count: 1 } } }, "guards.maxDelete", "Known here: maxDestroy"],
    ["a share with its sign", { ...minimal, guards: { maxDestroy: { percent: "20 %" } } }, "guards.maxDestroy.percent", "Correct"],
    [
      "a share of one stack that is none",
      { ...minimal, stacks: { shop: { ...shop, guards: { maxDestroy: { percent: -1 } } } } },
      "stacks.shop.guards.maxDestroy.percent",
      "Correct",
    ],
    ["retire by another word", { ...minimal, retire: { old: "delete" } }, "retire.old", "One of: destroy, forget"],
    [
      "drift that is ignored until no day",
      { ...minimal, drift: { ignore: [{ type: "aws:ec2/vpc:Vpc", path: "tags.owner", reason: "theirs", expires: "2036-02-30" }] } },
      "drift.ignore[0].expires",
      "Correct",
    ],
    ["no environment at all", 3, "environments/dev/environment.ts", "Correct"],
  ];
  it.each(cases)("%s", (...[, raw, on, todo]) => {
    const problem = refused(raw);
    expect(problem.code).toBe("ENVIRONMENT_INVALID");
    expect(problem.on).toContain("environments/dev/environment.ts");
    expect(problem.on).toContain(on);
    expect(problem.todo).toContain(todo);
  });

  it("a name of an environment that is none", () => {
    expect(problemOf(() => resolveEnvironment("Prod_1", minimal, silent)).lines.join("\n")).toContain("Rename the folder");
  });
});

it("reads a tcp check as host and port, up to the last port", () => {
  const checks = ["db.invalid:5432", "db.invalid:65535"].map((tcp) => ({ tcp, settle: "5s" }));
  const [stack] = resolveEnvironment("dev", { ...minimal, stacks: { shop: { ...shop, verify: checks } } }, silent).stacks;
  expect(stack?.verify).toEqual([5432, 65_535].map((port) => ({ kind: "tcp", host: "db.invalid", port, settleMs: 5_000 })));
});

describe("stacks that name each other", () => {
  it("dependsOn on an unknown stack names the nearest", () => {
    const problem = refused({ ...minimal, stacks: { shop, web: { ...shop, dependsOn: ["shpo"] } } });
    expect(problem).toMatchObject({ code: "STACK_UNKNOWN", on: "environments/dev/environment.ts, stacks.web.dependsOn[0]" });
    expect(problem.todo).toContain('Did you mean "shop"?');
  });
  it("requires on an unknown stack is refused", () => {
    expect(refused({ ...minimal, stacks: { shop: { ...shop, requires: { api: ">=1 <2" } } } }).code).toBe("STACK_UNKNOWN");
  });
  it("two project() entries of one Pulumi stack are refused, two projects with stacks of one name are not", () => {
    const project = (path: string) => ({ kind: "project", path, stack: "acme-prod", layer: "machines" });
    expect(refused({ cloud: "sandbox", stacks: { a: project("legacy/a"), b: project("./legacy/a/") } }).code).toBe("STACK_DUPLICATE");
    expect(resolveEnvironment("dev", { cloud: "sandbox", stacks: { a: project("legacy/a"), b: project("legacy/b") } }, silent).stacks).toHaveLength(2);
  });
});

describe("levels: a lower one tightens, never loosens", () => {
  const rules = {
    approvals: { min: 1, from: ["@acme/platform", "@acme/security"], codeOwners: true },
    verify: { required: true },
    policies: { packs: ["policies/platform"], levels: { tags: "mandatory" } },
    guards: { maxDestroy: { count: 5, percent: 20 } },
    checks: [{ name: "unit", run: ["npm", "test"] }],
  };
  const strict = resolveOrganisation({ rules });

  it("an environment that says nothing inherits", () => {
    const environment = resolveEnvironment("dev", minimal, strict);
    expect(environment.approvals).toEqual(rules.approvals);
    expect(environment.guards.maxDestroy).toEqual({ count: 5, percent: 20 });
    expect(environment.checks.map((check) => check.name)).toEqual(["unit"]);
  });

  const loosening: readonly [string, object, string[]][] = [
    ["fewer approvals", { approvals: { min: 0 } }, ["approvals.min", "0", "1"]],
    ["other approvers", { approvals: { from: ["@acme/interns"] } }, ["approvals.from", "@acme/interns", "@acme/platform"]],
    ["anybody approves", { approvals: { from: [] } }, ["approvals.from", "anybody"]],
    ["owners no longer asked", { approvals: { codeOwners: false } }, ["approvals.codeOwners", "false", "true"]],
    ["verify no longer required", { verify: { required: false } }, ["verify.required", "false", "true"]],
    ["a larger destroy", { guards: { maxDestroy: { count: 6 } } }, ["guards.maxDestroy.count", "6", "5"]],
    ["a larger share", { guards: { maxDestroy: { percent: 90 } } }, ["guards.maxDestroy.percent", "90 %", "20 %"]],
    ["a policy switched off", { policies: { levels: { tags: "disabled" } } }, ["policies.levels.tags", "disabled", "mandatory"]],
    ["a check replaced", { checks: [{ name: "unit", run: ["true"] }] }, ["checks.unit", "true", "npm test"]],
    ["a stack with fewer approvals", { stacks: { shop: { ...shop, approvals: { min: 0 } } } }, ["stacks.shop.approvals.min", "0", "1"]],
  ];
  it.each(loosening)("%s is refused with both values", (_, change, words) => {
    const problem = refused({ ...minimal, ...change }, strict);
    expect(problem.code).toBe("ENVIRONMENT_INVALID");
    for (const word of words) expect(problem.lines.join("\n")).toContain(word);
  });

  it("stricter values stand, packs and checks add up", () => {
    const environment = resolveEnvironment(
      "dev",
      {
        ...minimal,
        approvals: { min: 2, from: ["@acme/security"] },
        guards: { maxDestroy: { count: 1 } },
        policies: { packs: ["policies/shop"] },
        checks: [{ name: "scan", run: ["scan"], deadline: "30s" }],
        stacks: { shop: { ...shop, guards: { maxDestroy: { count: 0 } } } },
      },
      strict,
    );
    expect(environment.approvals).toEqual({ min: 2, from: ["@acme/security"], codeOwners: true });
    expect(environment.policies.packs).toEqual(["policies/platform", "policies/shop"]);
    expect(environment.checks.map((check) => [check.name, check.deadlineMs])).toEqual([
      ["unit", 600_000],
      ["scan", 30_000],
    ]);
    expect(environment.stacks[0]?.guards?.maxDestroy).toEqual({ count: 0, percent: 20 });
  });

  it("whatever both say, the result is never looser than the organisation's", () => {
    const limit = fc.record({ count: fc.nat(20), percent: fc.nat(100) });
    const level = fc.record({ maxDestroy: limit, min: fc.nat(3) });
    fc.assert(
      fc.property(level, level, (above, below) => {
        const organisation = resolveOrganisation({ rules: { guards: { maxDestroy: above.maxDestroy }, approvals: { min: above.min } } });
        const isLooser = below.maxDestroy.count > above.maxDestroy.count || below.maxDestroy.percent > above.maxDestroy.percent || below.min < above.min;
        const outcome = outcomeOf(() =>
          resolveEnvironment("dev", { ...minimal, guards: { maxDestroy: below.maxDestroy }, approvals: { min: below.min } }, organisation),
        );
        expect(outcome).toMatchObject(isLooser ? { code: "ENVIRONMENT_INVALID" } : { guards: { maxDestroy: below.maxDestroy }, approvals: { min: below.min } });
      }),
    );
  });
});

describe("trueup.config.ts", () => {
  it("an unknown key names the nearest", () => {
    const problem = problemOf(() => resolveOrganisation({ rules: { polices: {} } }));
    expect(problem).toMatchObject({ code: "CONFIG_INVALID", on: "trueup.config.ts, rules.polices" });
    expect(problem.todo).toContain('Did you mean "policies"?');
  });
  it("may be absent", () => {
    expect(silent).toMatchObject({ remote: "origin", ledger: { prefix: "trueup/" }, engine: { programHost: "auto" } });
  });
});

describe("who is told", () => {
  const notices = [
    { webhook: "https://hooks.example/trueup", secret: "HOOK_SECRET", on: ["good"] },
    { slack: "SLACK_HOOK", channel: "#ops" },
  ];

  it("is who the organisation names, then who the environment does; without a word of when, of what went wrong", () => {
    const organisation = resolveOrganisation({ notices: notices.slice(0, 1) });
    expect(resolveEnvironment("dev", { ...minimal, notices: notices.slice(1) }, organisation).notices).toEqual([
      { kind: "webhook", url: "https://hooks.example/trueup", secret: "HOOK_SECRET", on: ["good"] },
      { kind: "slack", variable: "SLACK_HOOK", channel: "#ops", on: ["failed", "drift", "refused"] },
    ]);
  });

  it.each([
    [{}, "exactly one of webhook, slack"],
    [{ webhook: "https://a.example", slack: "X" }, "exactly one of webhook, slack"],
    [{ webhook: "https://a.example" }, "a webhook is signed"],
    [{ webhook: "http://a.example", secret: "X" }, "write https"],
    [{ webhook: "https://u:p@a.example", secret: "X" }, "no user or password"],
    [{ webhook: "https://a.example", secret: "whsec_abc" }, "no name of a variable"],
    [{ webhook: "https://a.example", secret: "X", channel: "#ops" }, "only Slack has channels"],
    [{ slack: "https://hooks.slack.com/services/T/B/x" }, "no name of a variable"],
    [{ slack: "X", on: ["fialed"] }, 'Did you mean "failed"?'],
    [{ slack: "X", chanel: "#ops" }, 'Did you mean "channel"?'],
  ])("is refused as %j", (notice, says) => {
    const { what, todo, on } = refused({ ...minimal, notices: [notice] });
    expect(`${what} ${on} ${todo}`).toContain(says);
  });
});

describe("checks of verify", () => {
  const withChecks = (verify: readonly unknown[], more: object = {}): unknown => ({ ...minimal, stacks: { shop: { ...shop, verify } }, ...more });
  const ready = { kubernetes: ["deployment/web", "statefulset/db"], namespace: "shop" };
  const rate = { prometheus: "https://prom.example/", query: "rate(x[5m])", below: 0.05 };

  it("are of the stack that they stand in, or of the environment, which says whose output it means", () => {
    const verify = {
      settle: "5m",
      checks: [
        { ...ready, kubeconfig: { stack: "shop", output: "kubeconfig" } },
        { ...rate, token: "PROM_TOKEN", settle: "10s", holds: "2m" },
      ],
    };
    const environment = resolveEnvironment("dev", withChecks([{ ...ready, kubeconfig: { output: "kubeconfig" } }, ready], { verify }), silent);
    const workloads = [
      { kind: "deployment", name: "web" },
      { kind: "statefulset", name: "db" },
    ];
    const kubeconfig = { stack: "shop", output: "kubeconfig" };
    expect(environment.stacks[0]?.verify).toEqual([
      { kind: "kubernetes", workloads, namespace: "shop", kubeconfig, settleMs: 60_000 },
      { kind: "kubernetes", workloads, namespace: "shop", settleMs: 60_000 },
    ]);
    const asked = { kind: "prometheus", url: "https://prom.example", query: "rate(x[5m])", bound: { is: "below", value: 0.05 }, token: "PROM_TOKEN" };
    expect(environment.verify).toEqual({
      required: false,
      checks: [
        { kind: "kubernetes", workloads, namespace: "shop", kubeconfig, settleMs: 300_000 },
        { ...asked, settleMs: 10_000, holdsMs: 120_000 },
      ],
    });
  });

  const place = "stacks.shop.verify[0]";
  it.each<[string, unknown, string, string]>([
    ["a workload of no kind", withChecks([{ kubernetes: ["web"] }]), `${place}.kubernetes[0]`, "write kind/name"],
    ["a workload of another kind", withChecks([{ kubernetes: ["service/web"] }]), `${place}.kubernetes[0]`, "one of deployment, statefulset, daemonset, pod"],
    ["a name that no object has", withChecks([{ kubernetes: ["pod/Web_1"] }]), `${place}.kubernetes[0]`, '"Web_1" is no name of a pod'],
    ["no workload", withChecks([{ kubernetes: [] }]), `${place}.kubernetes`, "kubernetes"],
    ["a namespace", withChecks([{ ...ready, namespace: "Shop" }]), `${place}.namespace`, "no namespace"],
    ["two kubeconfigs", withChecks([{ ...ready, kubeconfig: { env: "A", file: "b" } }]), `${place}.kubeconfig`, "exactly one of output, file, env"],
    ["a stack without its output", withChecks([{ ...ready, kubeconfig: { file: "b", stack: "shop" } }]), `${place}.kubeconfig.stack`, "only goes with output"],
    [
      "an output of a stack that is none",
      withChecks([{ ...ready, kubeconfig: { stack: "clsters", output: "k" } }]),
      `${place}.kubeconfig.stack`,
      "no stack of this environment",
    ],
    ["a check of no known kind with parts of one", withChecks([{ tcp: "a:1", namespace: "shop" }]), `${place}.namespace`, "only a check of kubernetes has it"],
    ["a status of tcp", withChecks([{ tcp: "a:1", status: 200 }]), `${place}.status`, "only a check of http has it"],
    ["no query", withChecks([{ prometheus: "https://p.example", below: 1 }]), `${place}.query`, "write a query"],
    ["no bound", withChecks([{ ...rate, below: undefined }]), place, "exactly one of above, below, equals"],
    ["two bounds", withChecks([{ ...rate, above: 1 }]), place, "exactly one of above, below, equals"],
    ["a bound that is a text", withChecks([{ ...rate, below: "0.05" }]), `${place}.below`, "below"],
    ["an address with a password", withChecks([{ ...rate, prometheus: "https://me:pw@p.example" }]), `${place}.prometheus`, "no user or password"],
    ["an address with a question", withChecks([{ ...rate, prometheus: "https://p.example/?a=1" }]), `${place}.prometheus`, "ends before /api/v1/query"],
    ["a token in the clear", withChecks([{ ...rate, prometheus: "http://p.example", token: "T" }]), `${place}.token`, "not encrypted"],
    ["a token that is no variable", withChecks([{ ...rate, token: "eyJhbGciOi" }]), `${place}.token`, "no name of a variable"],
    ["a length of holding", withChecks([{ ...rate, holds: "a while" }]), `${place}.holds`, "no duration"],
    ["a settle of all checks", { ...minimal, verify: { settle: "soon" } }, "verify.settle", "no duration"],
    [
      "an output of the environment that is of no stack",
      { ...minimal, verify: { checks: [{ ...ready, kubeconfig: { output: "k" } }] } },
      "verify.checks[0].kubeconfig.stack",
      "whose output",
    ],
    [
      "no kubeconfig on a real cloud",
      withChecks([ready], { cloud: "real", secrets: { provider: "passphrase", from: { env: "P" } } }),
      `${place}.kubeconfig`,
      "which cluster is to be asked is not known",
    ],
  ])("are refused in three lines for %s", (...[, raw, on, what]) => {
    const problem = refused(raw);
    expect([problem.code, problem.lines.length, problem.on]).toEqual(["ENVIRONMENT_INVALID", 3, `environments/dev/environment.ts, ${on}`]);
    expect(problem.lines.join("\n")).toContain(what);
  });
});
