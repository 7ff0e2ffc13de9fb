import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { parseAllDocuments } from "yaml";
import { engine, isFull, newHome, type Home, type Told } from "./estate.ts";

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
});

describe.skipIf(engine === undefined || !isFull)("the agent as a stack of the estate", () => {
  let home: Home;
  let first: Told;
  let second: Told;
  beforeAll(async () => {
    const { "environments/dev/environment.ts": declared = "", ...others } = files("registry.example/acme/trueup-agent:0.1.0");
    home = await newHome({ ...others, "environments/dev/environment.ts": declared.replace(/^.*agent.*\n/gm, "") });
    const bootstrap = (): Promise<Told> => home.run(["bootstrap", "--env", "dev", "--agent"]);
    first = await bootstrap();
    await home.write({ "environments/dev/environment.ts": declared, "stacks/agent/manifests.ts": (text) => `${text}// ours\n` });
    await home.git("add", "--all");
    await home.git("commit", "--quiet", "-m", "The agent");
    await home.git("push", "--quiet", "origin", "env/dev");
    second = await bootstrap();
  });
  afterAll(() => home?.remove());

  test("is written into the clone by bootstrap, once, with what a person has to declare; what a person made of it stays", async () => {
    expect([first.exit, second.exit]).toEqual([0, 0]);
    expect(first.out).toMatch(
      /^done {3}stacks\/agent\/index\.ts: .*\ndone {3}stacks\/agent\/manifests\.ts: .*\nleft {3}stacks\/agent: .* → .*agent: stack<typeof agent>\("stacks\/agent"/m,
    );
    expect(second.out).toMatch(
      /^there {2}stacks\/agent\/index\.ts: agent: as it should be\nthere {2}stacks\/agent\/manifests\.ts: agent: a person's own: left alone\nthere {2}stacks\/agent: agent: declared in dev/m,
    );
    expect(await home.git("status", "--porcelain")).toBe("");
  });

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
