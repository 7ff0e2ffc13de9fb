import { describe, expect, test, vi } from "vitest";
import { readRevision } from "../../src/workflows/estate/index.ts";
import { movedClusters } from "../../src/workflows/inspection/clusters.ts";
import { judgeAll, look } from "../../src/workflows/inspection/index.ts";
import { judgeInspection } from "../../src/workflows/inspection/verdict.ts";
import { engine, isFull, newHome, type Change, type Home } from "./estate.ts";
import { cloudLines, results } from "./evidence.ts";
import { upUnguarded } from "./unguarded.ts";

vi.setConfig({ testTimeout: 200_000 });

const kubeconfig = (server: string, token = "a"): string =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "main",
    contexts: [{ name: "main", context: { cluster: "here", user: "me" } }],
    clusters: [{ name: "here", cluster: { server, "certificate-authority-data": "QUJD" } }],
    users: [{ name: "me", user: { username: token } }],
  });

const app = `import * as k8s from "@pulumi/kubernetes";
import { defineStack } from "trueup";
import { z } from "zod";

export default defineStack({
  args: z.object({ kubeconfig: z.string().optional() }),
  program(args, ctx) {
    const provider = new k8s.Provider("cluster", { kubeconfig: args.kubeconfig ?? (ctx.stack("cluster").output("kubeconfig") as never) });
    new k8s.core.v1.ConfigMap("settings", { metadata: { name: "settings", namespace: "default" }, data: { a: "b" } }, { provider });
    return {};
  },
});
`;
const cluster = `import { defineStack } from "trueup";
import { z } from "zod";

export default defineStack({ args: z.object({ kubeconfig: z.string() }), program: (args) => ({ kubeconfig: args.kubeconfig }) });
`;

function declares(stacks: string): Readonly<Record<string, Change>> {
  return {
    "environments/dev/environment.ts": `import { defineEnvironment, stack } from "trueup";

export default defineEnvironment({ cloud: "sandbox", stacks: { ${stacks} } });
`,
  };
}
const explicit = (config: string) =>
  declares(
    `cluster: stack("stacks/cluster", { layer: "clusters", args: { kubeconfig: "none" } }), app: stack("stacks/app", { layer: "apps", args: { kubeconfig: ${JSON.stringify(config)} } }),`,
  );
const throughStack = (config: string) =>
  declares(
    `cluster: stack("stacks/cluster", { layer: "clusters", args: { kubeconfig: ${JSON.stringify(config)} } }), app: stack("stacks/app", { layer: "apps", args: {} }),`,
  );

/** Previews as ever, and fails to apply before it has a provider. */
const stumbling = app
  .replace("import * as k8s", 'import * as pulumi from "@pulumi/pulumi";\nimport * as k8s')
  .replace("program(args, ctx) {", 'program(args, ctx) {\n    if (!pulumi.runtime.isDryRun()) throw new Error("stumbled");');

/** What the read-only phase refuses: with the clusters that the environment makes known, with none of them known, and with every cluster taken for its own. */
async function judgements(home: Home): Promise<Readonly<Record<"own" | "strange" | "anything", readonly string[]>>> {
  const estate = await home.open();
  await estate.repository.fetch();
  const commit = await estate.repository.resolve("env/dev");
  const revision = await readRevision(estate, commit, "dev");
  const question = { revision, commit, live: undefined, previous: [], touches: [], all: true, readsLive: true, policiesFrom: undefined };
  const looked = await look(estate, question, undefined);
  const { inspection } = looked;
  const { judged } = await judgeAll(estate, { question, looked });
  const moved = [...inspection.stacks.values()].flatMap(({ outcome }) => (outcome === undefined ? [] : movedClusters(outcome.changes)));
  const kinds = (ownClusters: ReadonlySet<string>): readonly string[] =>
    judgeInspection({ ...judged, ownClusters }, inspection).refusals.map(({ kind }) => kind);
  return { own: kinds(judged.ownClusters), strange: kinds(new Set()), anything: kinds(new Set(moved.map(({ now }) => now))) };
}

/** The clusters on which the app's settings are. */
const clustersWith = (home: Home): readonly string[] =>
  home.cloud.list().flatMap(({ type, id, account }) => (type === "kubernetes:core/v1:ConfigMap" && id === "default/settings" ? [account] : []));

async function applied(files: Readonly<Record<string, Change>>): Promise<Home> {
  const home = await newHome({ "stacks/app/index.ts": app, "stacks/cluster/index.ts": cluster, ...files });
  const { end, problem } = await home.apply();
  expect([end, problem]).toEqual(["good", undefined]);
  return home;
}

describe.skipIf(engine === undefined)("the cluster that a stack was made on", () => {
  test.skipIf(!isFull)(
    "a kubeconfig that leads to another cluster is refused before anything is touched; new credentials for the same one are applied",
    async () => {
      const home = await applied(explicit(kubeconfig("https://one.example:6443")));
      try {
        await home.land("rotated", explicit(kubeconfig("https://one.example:6443", "b")));
        expect((await home.apply()).end).toBe("good");
        const before = (await cloudLines(home)).filter(({ op }) => op !== "read").length;
        await home.land("elsewhere", explicit(kubeconfig("https://two.example:6443", "b")));
        const { end, problem } = await home.apply();
        expect([end, problem?.code, problem?.exitCode]).toEqual(["refused", "IDENTITY_CHANGED", 13]);
        expect(problem?.what).toMatch(/https:\/\/two\.example:6443.*https:\/\/one\.example:6443/);
        expect([(await cloudLines(home)).filter(({ op }) => op !== "read").length, await results(home)]).toEqual([before, { app: "good", cluster: "good" }]);
        // Control: with the guard off the same commit passes, and would be applied to the other cluster.
        expect(await judgements(home)).toEqual({ own: ["identity"], strange: ["identity"], anything: [] });
        expect((await home.report("env/dev")).stacks.find(({ name }) => name === "app")?.refusals.map(({ kind }) => kind)).toContain("identity");
      } finally {
        await home.remove();
      }
    },
  );

  test.skipIf(!isFull)(
    "a cluster that the environment itself makes may be another one: in the same run, and when a run begins anew after a failure",
    async () => {
      const home = await applied(throughStack(kubeconfig("https://one.example:6443")));
      try {
        await home.land("two", throughStack(kubeconfig("https://two.example:6443")));
        const first = await home.apply();
        expect([first.end, first.problem?.lines]).toEqual(["good", undefined]);
        // The app came along in the same run: what it has is on the cluster that is there now.
        expect(clustersWith(home)).toContain("two.example:6443");
        // The cluster moved, the app did not come along: both are where they were, and the next run moves them again.
        await home.land("three", { ...throughStack(kubeconfig("https://three.example:6443")), "stacks/app/index.ts": stumbling });
        expect([(await home.apply()).end, await results(home)]).toEqual(["rolledBack", { app: "good", cluster: "good" }]);
        expect(clustersWith(home)).toContain("two.example:6443");
        await home.land("mended", { "stacks/app/index.ts": app });
        const last = await home.apply();
        expect([last.end, last.problem?.lines]).toEqual(["good", undefined]);
        expect(clustersWith(home)).toContain("three.example:6443");
      } finally {
        await home.remove();
      }
    },
  );

  test.skipIf(!isFull)("control: with no guard before the engine, the same commit makes everything on the other cluster", async () => {
    const home = await applied(explicit(kubeconfig("https://one.example:6443")));
    try {
      await home.land("elsewhere", explicit(kubeconfig("https://two.example:6443")));
      expect([(await home.apply()).problem?.code, clustersWith(home)]).toEqual(["IDENTITY_CHANGED", ["one.example:6443"]]);
      await upUnguarded(home, "app");
      expect(clustersWith(home)).toContain("two.example:6443");
    } finally {
      await home.remove();
    }
  });
});
