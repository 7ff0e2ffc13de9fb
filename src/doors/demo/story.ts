import { git, edit, editJson, trueup, type World } from "./world.ts";
import { backendDigest, cloudLedger, refs } from "./evidence.ts";

/** An act that is left out or played wrongly, to see that the demo notices. */
export type Mutation = "tamper" | "fix" | "kill" | "bad-service" | "healthy" | "rebuild" | "approval";

export interface Stage {
  readonly world: World;
  readonly mutation: Mutation | undefined;
  readonly tell: (text: string) => void;
  readonly title: (text: string) => void;
}

/** What the world was like before the bad commit, or after it. */
export interface Untouched {
  readonly cloudLines: number;
  readonly states: string;
  readonly refs: string;
}

export async function run(stage: Pick<Stage, "world" | "tell">, ...args: string[]): Promise<number> {
  stage.tell(`\n$ trueup ${args.join(" ")}\n`);
  const { exitCode } = await trueup(stage.world, args, stage);
  stage.tell(`  (exit ${exitCode ?? "by signal"})\n`);
  return exitCode ?? -1;
}

export async function merge(world: World, branch: string, title: string): Promise<void> {
  await git(world, "checkout", "--quiet", "env/dev");
  await git(world, "merge", "--quiet", "--no-ff", "-m", title, branch);
  await git(world, "push", "--quiet", "origin", "env/dev");
}

export async function branchWith(world: World, branch: string, change: { readonly title: string; readonly edits: () => Promise<void> }): Promise<void> {
  await git(world, "checkout", "--quiet", "-b", branch, "env/dev");
  await change.edits();
  await git(world, "commit", "--quiet", "--all", "-m", change.title);
  await git(world, "push", "--quiet", "origin", branch);
}

export async function fromNothing(stage: Stage): Promise<void> {
  stage.title("Act 1: dev comes up from nothing: machines, then clusters, apps and mesh");
  await run(stage, "apply", "dev");
}

export async function pullRequest(stage: Stage): Promise<void> {
  const { world } = stage;
  stage.title("Act 2: a pull request changes one shared library and one app");
  await branchWith(world, "new-cost-centre", {
    title: "Book dev to cost centre 4712, and podinfo 6.10.0",
    edits: async () => {
      await edit(world, "stacks/lib/tags.ts", { from: '"4711"', to: '"4712"' });
      await editJson(world, "environments/dev/values.json", (values) => Object.assign(values["podinfo"] ?? {}, { version: "6.10.0" }));
    },
  });
  stage.tell("This is the comment that the pull request gets:\n");
  await run(stage, "preview", "dev", "--ref", "new-cost-centre", "--comment");
  stage.title("Act 3: it is merged and applied");
  await merge(world, "new-cost-centre", "Merge: cost centre 4712, podinfo 6.10.0");
  await run(stage, "apply", "dev");
}

export async function drift(stage: Stage): Promise<void> {
  stage.title("Act 4: somebody edits the cloud by hand; it is found, to the property, and put back");
  if (stage.mutation !== "tamper") await run(stage, "cloud", "set", "podinfo", "spec.replicas", "5", "--type", "Deployment");
  await run(stage, "drift", "dev");
  if (stage.mutation !== "fix") await run(stage, "drift", "dev", "--fix");
}

/** The ports of every app, as its Service lists them. */
export const ports = 'ports: [{ name: "http", port: 80, targetPort: "http", protocol: "TCP" }]';

async function seen(world: World): Promise<Untouched> {
  return { cloudLines: (await cloudLedger(world)).length, states: await backendDigest(world), refs: await refs(world) };
}

export async function badCommit(stage: Stage): Promise<{ readonly before: Untouched; readonly after: Untouched }> {
  const { world } = stage;
  stage.title("Act 6: a four-layer change with one mistake (a Service without ports) is stopped before anything is touched");
  await branchWith(world, "bigger-dev", {
    title: "A bigger dev: one more machine, more pods, another route",
    edits: async () => {
      await editJson(world, "environments/dev/values.json", (values) => Object.assign(values["machines"] ?? {}, { count: 2 }));
      await edit(world, "environments/dev/values.json", { from: '"podinfo": {\n        "cpu": "4"', to: '"podinfo": {\n        "cpu": "6"' });
      await edit(world, "stacks/lib/web-app.ts", { from: ports, to: stage.mutation === "bad-service" ? ports.replace("80", "8080") : "ports: []" });
      await edit(world, "stacks/mesh/index.ts", { from: 'path: "/api/"', to: 'path: "/api/v2/"' });
    },
  });
  await merge(world, "bigger-dev", "Merge: a bigger dev");
  const before = await seen(world);
  await run(stage, "apply", "dev");
  return { before, after: await seen(world) };
}

export async function theLog(stage: Stage): Promise<void> {
  stage.title("Act 8: the ledger branch tells the whole story");
  await git(stage.world, "fetch", "--quiet", "origin");
  stage.tell(`\n$ git log --format='%h %s' origin/trueup/dev\n${await git(stage.world, "log", "--format=%h %s", "origin/trueup/dev")}\n`);
}
