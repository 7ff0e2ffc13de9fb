import { expect, test } from "vitest";
import type { StackSite } from "../../adapters/engine/index.ts";
import type { ResourceChange } from "../../domain/changes/index.ts";
import { resolveEnvironment, resolveOrganisation } from "../../domain/environments/index.ts";
import type { Closure } from "../../domain/planner/index.ts";
import type { Estate, Sites } from "../estate/index.ts";
import type { StackInspection } from "./inspect.ts";
import { judgeAgain } from "./judging.ts";
import type { Judged } from "./verdict.ts";

const kubeconfig = (server: string): string =>
  JSON.stringify({
    "current-context": "main",
    contexts: [{ name: "main", context: { cluster: "here", user: "me" } }],
    clusters: [{ name: "here", cluster: { server, "certificate-authority-data": "QUJD" } }],
  });
const [one, two] = ["https://one.example:6443", "https://two.example:6443"] as const;

const environment = resolveEnvironment(
  "dev",
  {
    cloud: "sandbox",
    secrets: { provider: "passphrase", from: { env: "P" } },
    stacks: { cluster: { kind: "stack", path: "stacks/cluster", layer: "clusters" }, app: { kind: "stack", path: "stacks/app", layer: "apps" } },
  },
  resolveOrganisation(undefined),
);
const [cluster, app] = environment.stacks;
if (cluster === undefined || app === undefined) throw new Error("two stacks are declared");

const closure = { stack: "app", files: {}, declaration: "", project: "acme", reads: [{ stack: "cluster", output: "kubeconfig" }], packages: {}, policies: {} };
const judged: Judged = {
  revision: { environment, closures: [closure as unknown as Closure] } as unknown as Judged["revision"],
  rules: environment,
  live: undefined,
  commit: "c".repeat(40),
  at: new Date("2026-11-21T10:00:00Z"),
  versions: {},
  checks: [],
  identity: { cloud: "sandbox" },
  // As they were when the run began: the cluster that it makes was not there yet.
  ownClusters: new Set(),
  overrides: [],
  consent: undefined,
};

const provider: ResourceChange = {
  urn: "urn:pulumi:dev.app::acme::pulumi:providers:kubernetes::cluster",
  type: "pulumi:providers:kubernetes",
  name: "cluster",
  operation: "update",
  properties: [
    {
      path: "kubeconfig",
      before: { kind: "plain", value: kubeconfig(one) },
      after: { kind: "plain", value: kubeconfig(two) },
      replaces: false,
      guessed: false,
    },
  ],
  protected: false,
  stateful: false,
};
const changes = { stack: "app", resources: [provider], unchanged: 0, policies: [], diagnostics: [], changedOutputs: [], reads: [] };
const inspected = {
  affected: { stack: app, closureDigest: "d", reasons: ["reads cluster.kubeconfig"], action: "apply" },
  site: {} as StackSite,
  state: { exists: true, digest: "s", resources: [], pending: [], deployment: "" },
  outcome: { result: "succeeded", changes, drift: [], durationMs: 1 },
  problem: undefined,
  until: [],
} as unknown as StackInspection;

async function again(server: string): Promise<string | undefined> {
  const engine = { outputs: async () => ({ kubeconfig: kubeconfig(server) }) };
  const estate = { engine: async () => engine, clock: { now: () => judged.at } } as unknown as Estate;
  const sites: Sites = { site: async () => ({}) as StackSite };
  const midway = (): { planned: []; moved: string[]; beside: { destroyed: number; stacks: number } } => ({
    planned: [],
    moved: ["cluster"],
    beside: { destroyed: 0, stacks: 0 },
  });
  return (await judgeAgain(estate, judged, { inspected, sites, midway })).problem?.lines.join("\n");
}

test("a stack that turns out to lead to another cluster than the environment makes is refused before its wave", async () => {
  const said = await again(one);
  expect(said).toContain(`leads to the cluster ${two}`);
  expect(said).toContain("app was not touched; what moved before it in this run: cluster.");
});

test("it follows the cluster that was made before it in the same run", async () => expect(await again(two)).toBeUndefined());
