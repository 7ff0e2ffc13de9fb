import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { parseAllDocuments } from "yaml";
import { engine, isFull, newHome, type Home } from "./estate.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const root = join(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

const clusters = `import { defineStack } from "trueup";
import { z } from "zod";

export default defineStack({ args: z.object({}).optional(), program: () => ({ kubeconfig: "apiVersion: v1" }) });
`;

const environment = (image: string): string => `import { defineEnvironment, stack } from "trueup";
import type agent from "../../stacks/agent/index.ts";

export default defineEnvironment({
  cloud: "sandbox",
  stacks: {
    clusters: stack("stacks/clusters", { layer: "clusters" }),
    agent: stack<typeof agent>("stacks/agent", { layer: "apps", args: { image: "${image}", settings: "repositories: []" } as never }),
  },
});
`;

const files = (image: string): Record<string, string> => ({
  "environments/dev/environment.ts": environment(image),
  "stacks/clusters/index.ts": clusters,
  "stacks/agent/index.ts": read("stacks/agent/index.ts"),
  "stacks/agent/manifests.ts": read("stacks/agent/manifests.ts"),
});

describe.skipIf(engine === undefined || !isFull)("the agent as a stack of the estate", () => {
  let home: Home;
  beforeAll(async () => {
    home = await newHome(files("registry.example/acme/trueup-agent:0.1.0"));
  });
  afterAll(() => home?.remove());

  test("is previewed by the engine as what the manifests say", async () => {
    const { stacks } = await home.report("env/dev");
    const outcome = stacks.find(({ name }) => name === "agent")?.outcome;
    const made = outcome === undefined || outcome.kind === "failed" ? undefined : outcome.changes;
    const kinds = (made?.resources ?? []).flatMap(({ type }) => /^kubernetes:[^:]+:(\w+)$/.exec(type)?.[1] ?? []).sort();
    const manifests = parseAllDocuments(read("deploy/kubernetes/agent.yaml")).map((document) => (document.toJS() as { kind: string }).kind);
    expect(kinds).toEqual(manifests.sort());
  });

  test("refuses an image that could be another tomorrow", async () => {
    await home.commit("loose", { "environments/dev/environment.ts": environment("registry.example/acme/trueup-agent") });
    const { stacks } = await home.report("loose");
    expect(JSON.stringify(stacks.find(({ name }) => name === "agent")?.outcome)).toContain("wants an exact tag or a digest");
  });
});
