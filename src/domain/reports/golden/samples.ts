/** Reports that the golden files show. Only tests import this. */
import type { Json } from "../../environments/index.ts";
import type { ChangeSet, DriftFinding, Operation, PropertyChange, ResourceChange, Shown } from "../../changes/index.ts";
import type { ApplyReport, DriftReport, Failure, PreviewReport, StackReport } from "../index.ts";

export const plain = (value: Json): Shown => ({ kind: "plain", value });
export const secret: Shown = { kind: "secret" };
export const unknown: Shown = { kind: "unknown" };
export const absent: Shown = { kind: "absent" };

export function property(path: string, before: Shown, after: Shown, more: Partial<PropertyChange> = {}): PropertyChange {
  return { path, before, after, replaces: false, guessed: false, ...more };
}

export function resource(operation: Operation, id: string, more: Partial<ResourceChange> = {}): ResourceChange {
  const [type = "", name = ""] = id.split(" ");
  return { urn: `urn:pulumi:prod.data::shop::${type}::${name}`, type, name, operation, properties: [], protected: false, stateful: false, ...more };
}

export function changeSet(stack: string, resources: readonly ResourceChange[], more: Partial<ChangeSet> = {}): ChangeSet {
  return { stack, resources, unchanged: 4, policies: [], diagnostics: [], changedOutputs: [], reads: [], ...more };
}

export function stackReport(name: string, resources: readonly ResourceChange[], more: Partial<StackReport> = {}): StackReport {
  return { name, reasons: [`stacks/${name} changed`], outcome: { kind: "changes", changes: changeSet(name, resources), drift: [] }, refusals: [], verify: [], ...more };
}

export function previewReport(environment: string, stacks: readonly StackReport[], more: Partial<PreviewReport> = {}): PreviewReport {
  return {
    environment, branch: `env/${environment}`, base: "9ab12fe".padEnd(40, "0"), commit: "4f2c1d9".padEnd(40, "0"), durationMs: 48_000, state: { kind: "done" },
    stacks, untouched: [], orphans: [], refusals: [], verifyRequired: false, merge: { waves: [stacks.map((stack) => stack.name)], approvals: { min: 0, from: [] }, windows: [] },
    retry: `trueup preview ${environment}`, ...more,
  };
}

const database = resource("replace", "aws:rds/instance:Instance main", {
  stateful: true, source: "stacks/data/db.ts:41",
  properties: [
    property("engineVersion", plain("13.4"), plain("15.2"), { replaces: true }),
    property("password", secret, secret),
    property("address", plain("main.abc.rds.example"), unknown),
  ],
});

const bucket = resource("delete", "aws:s3/bucket:Bucket logs", { source: "stacks/data/index.ts", properties: [property("bucket", plain("acme-logs"), absent), property("forceDestroy", plain(false), absent)] });
const table = resource("delete", "aws:dynamodb/table:Table sessions", { stateful: true });
const settings = resource("update", "kubernetes:core/v1:ConfigMap settings", {
  properties: [property('data["app.conf"]', plain("a=1\nlevel=info\nb=2\nc=3"), plain("a=1\nlevel=debug\ntrace=on\nb=2\nc=3")), property("metadata.labels.team", absent, plain("web"))],
});

const data: StackReport = {
  ...stackReport("data", []),
  outcome: {
    kind: "changes", drift: [],
    changes: changeSet("data", [settings, database, bucket, table], {
      diagnostics: [{ severity: "warning", message: "engineVersion 13.4 is deprecated" }],
      policies: [
        { pack: "platform", policy: "database-encrypted", level: "mandatory", message: "Databases must be encrypted.", urn: database.urn },
        { pack: "platform", policy: "tags", level: "advisory", message: "Add a tag `owner`.", urn: settings.urn },
        { pack: "platform", policy: "tags", level: "advisory", message: "Add a tag `owner`.", urn: "urn:pulumi:prod.data::shop::aws:s3/bucket:Bucket::old" },
      ],
    }),
  },
  refusals: [{ kind: "guard", reason: "3 of 8 resources would be destroyed, 1 is allowed", todo: "Raise guards.maxDestroy for this change, or split it.", blocks: true }],
};

const shop: StackReport = {
  ...stackReport("shop", [], { verify: [{ kind: "http", url: "https://shop.example/healthz", status: 200, settleMs: 60_000 }], runbook: "docs/runbooks/shop.md" }),
  outcome: { kind: "unknown", until: ["data"] },
};

const mesh: StackReport = {
  ...stackReport("mesh", [], { reasons: ["imports stacks/lib/tags.ts", "reads shop.url"] }),
  outcome: {
    kind: "changes",
    changes: changeSet("mesh", [
      resource("create", "aws:lb/listenerRule:ListenerRule shop", { properties: [property("priority", absent, plain(10)), property("arn", absent, unknown)] }),
      resource("replace", "aws:lb/targetGroup:TargetGroup shop", { properties: [property("name", plain("shop"), plain("shop-v2"), { replaces: true, guessed: true })] }),
    ]),
    drift: [{
      stack: "mesh", urn: "urn:pulumi:prod.mesh::shop::aws:lb/listener:Listener web", type: "aws:lb/listener:Listener", name: "web", kind: "changed", protected: false, stateful: false,
      properties: [property("port", plain(443), plain(8443))],
    }],
  },
};

export const everything: PreviewReport = previewReport("prod", [data, shop, mesh], {
  untouched: Array.from({ length: 14 }, (_, index) => `team-${String(index + 1).padStart(2, "0")}`), orphans: [{ stack: "old-shop", resources: 12 }], verifyRequired: true,
  refusals: [{ kind: "window", reason: "closed until Mon 08:00 CET.", todo: "It waits; nothing to do.", blocks: false }],
  merge: { waves: [["data"], ["shop"], ["mesh"]], approvals: { min: 1, from: ["@acme/platform"] }, windows: ["Mon–Fri 08–17 CET"] }, liveAgeMs: 40_000,
  previous: { commit: "8e1".padEnd(40, "0"), counts: { replace: 3, delete: 2, update: 1, create: 1, import: 0, read: 0 } }, fingerprint: "3fa9c1d2b7e0aa",
});

export const staging: PreviewReport = previewReport("staging", Array.from({ length: 9 }, (_, index) =>
  stackReport(`team-${index + 1}`, ["a", "b", "c"].map((name) => resource("update", `aws:ec2/instance:Instance ${name}`, { urn: `urn:${index}:${name}`, properties: [property("tags.owner", plain("ann"), plain("bob"))] })), {
    reasons: ["imports stacks/lib/tags.ts"], verify: [{ kind: "tcp", host: "10.0.0.1", port: 22, settleMs: 1000 }],
  })));

export const dev: PreviewReport = previewReport("dev", [], { untouched: ["machines", "clusters"] });

export const thrown: Failure = {
  problem: { code: "PROGRAM_FAILED", what: "TypeError: Cannot read properties of undefined (reading 'id')", on: "prod.data at 4f2c1d9", todo: "Fix the program and push again." },
  source: "stacks/data/db.ts:41", resource: "aws:rds/instance:Instance main",
  log: Array.from({ length: 34 }, (_, index) => `line ${index + 1} of what the program said${index === 33 ? " \u001b[31mred\u001b[0m and ``` a fence" : ""}`),
};

export const failed: PreviewReport = previewReport("prod", [{ ...stackReport("data", []), outcome: { kind: "failed", failure: thrown } }, stackReport("shop", [resource("create", "random:index/randomId:RandomId x")])]);

export const appliedGood: ApplyReport = {
  marker: "apply:prod:912", environment: "prod", branch: "env/prod", commit: "4f2c1d9".padEnd(40, "0"), run: "912", durationMs: 192_000, result: "good", refusals: [], next: "",
  ledger: { ref: "trueup/prod", commit: "77aa001".padEnd(40, "0") },
  stacks: [
    { name: "data", result: "applied", wave: 1, durationMs: 65_000, changes: changeSet("data", [settings, database]), verified: [] },
    { name: "shop", result: "applied", wave: 2, durationMs: 12_000, changes: changeSet("shop", [resource("create", "random:index/randomId:RandomId x")]), verified: [{ check: { kind: "http", url: "https://shop.example/healthz", status: 200, settleMs: 1 }, passed: true, says: "200 after 0.4 s" }] },
    { name: "mesh", result: "unchanged", wave: 3, durationMs: 900, changes: changeSet("mesh", []), verified: [] },
  ],
};

export const appliedFailed: ApplyReport = {
  ...appliedGood, result: "failed", next: "trueup apply prod",
  stacks: [
    ...appliedGood.stacks.slice(0, 1),
    { name: "shop", result: "failed", wave: 2, durationMs: 12_000, changes: changeSet("shop", [bucket]), failure: thrown, verified: [{ check: { kind: "tcp", host: "10.0.0.1", port: 22, settleMs: 1 }, passed: false, says: "connection refused for 60 s" }] },
    { name: "mesh", result: "not started", wave: 3, durationMs: 0, verified: [] },
  ],
};

export const appliedRefused: ApplyReport = {
  ...appliedGood, result: "refused", stacks: [], next: "trueup preview prod",
  refusals: [{ kind: "policy", reason: "platform/service-ports: a Service without ports", todo: "Give Service web a port.", blocks: true }],
};

export const appliedLate: ApplyReport = { ...appliedGood, late: true, stacks: [{ name: "data", result: "applied", wave: 1, durationMs: 65_000, changes: changeSet("data", [resource("update", "aws:ec2/instance:Instance web")]), verified: [] }] };

const drifted = (name: string, kind: DriftFinding["kind"], properties: readonly PropertyChange[], more: Partial<DriftFinding> = {}): DriftFinding => ({
  stack: "data", urn: `urn:pulumi:prod.data::shop::aws:s3/bucket:Bucket::${name}`, type: "aws:s3/bucket:Bucket", name, kind, properties, protected: false, stateful: false, ...more,
});

export const drift: DriftReport = {
  marker: "drift:prod", environment: "prod", branch: "env/prod", commit: "4f2c1d9".padEnd(40, "0"), durationMs: 3_200, ignored: 2,
  warnings: ["The rule for aws:s3/bucket:Bucket tags.cost (billing writes it) expired on 2026-11-01."],
  commands: { fix: "trueup drift prod --fix", preview: "trueup preview prod" },
  stacks: [
    {
      name: "data",
      rows: [
        { finding: drifted("noise", "output-only", [property("region", plain("a"), plain("b"))]), ageMs: 0 },
        { finding: drifted("logs", "changed", [property("tags.owner", plain("ann"), plain("mallory")), property("acl", plain("private"), plain("public-read")), property("token", secret, secret)]), ageMs: 5_400_000 },
        { finding: drifted("sessions", "gone", [], { stateful: true }), ageMs: 60_000 },
      ],
    },
    { name: "shop", rows: [], failure: thrown },
    { name: "mesh", rows: [{ finding: drifted("web", "changed", [property("port", plain(443), plain(8443))]), ageMs: 0, repair: "fixed" }] },
  ],
};
