import { gitLedger, stateOf } from "./evidence.ts";
import { branchWith, merge, ports, run, type Stage } from "./story.ts";
import { edit, editJson, type World } from "./world.ts";

/** What every stack was made of, by the engine's own export, before a merge that failed and after it was taken back. */
export interface TakenBack {
  readonly before: string;
  readonly after: string;
  /** How the apply ended, and the one after it. */
  readonly exits: readonly number[];
}

/** How the engine marks a secret in what it exports. It is sealed anew each time. */
const secretMark = "4dabf18193072939515e22adb298388d";
const unsealed = (_: string, value: unknown): unknown => (typeof value === "object" && value !== null && secretMark in value ? "a secret" : value);

/** Each stack's objects by their ids and what was asked for; what the cloud counts and answers besides is no part of it. */
async function made(world: World): Promise<string> {
  const { record } = await gitLedger(world);
  const stacks = Object.values(record.stacks).map(({ pulumiStack }) => pulumiStack);
  const all = await Promise.all(
    stacks.sort().map(async (stack) => (await stateOf(world, stack)).map(({ urn, id, inputs }) => JSON.stringify({ urn, id, inputs }, unsealed))),
  );
  return all.flat().sort().join("\n");
}

/** A change over four layers whose app never becomes healthy. */
async function worse({ world, mutation }: Stage): Promise<void> {
  const wrong = mutation === "bad-service" ? ports.replace("80", "8080") : "ports: []";
  await branchWith(world, "podinfo-7", {
    title: "The same bigger dev with its ports, and podinfo 7.0.0",
    edits: async () => {
      await edit(world, "stacks/lib/web-app.ts", { from: wrong, to: ports });
      await editJson(world, "environments/dev/values.json", (values) => Object.assign(values["podinfo"] ?? {}, { version: "7.0.0" }));
      await edit(world, "environments/dev/environment.ts", {
        from: "verify: [{ http: `http://podinfo.${internalDomain}/readyz` }]",
        to: 'verify: [{ http: `http://podinfo.${internalDomain}/readyz`, settle: "2s" }]',
      });
    },
  });
  await merge(world, "podinfo-7", "Merge: a bigger dev, podinfo 7.0.0");
}

export async function takenBack(stage: Stage): Promise<TakenBack> {
  const { world, tell } = stage;
  stage.title("Act 7: the mistake is mended, but the new podinfo never becomes healthy: all four layers are taken back");
  const before = await made(world);
  await worse(stage);
  const kind =
    stage.mutation === "healthy" ? [] : ["cloud", "fault", "add", "unhealthy", "--op", "update", "--type", "kubernetes:apps/v1:Deployment", "--times", "1"];
  if (kind.length > 0) await run(stage, ...kind);
  const first = await run(stage, "apply", "dev");
  tell("\nGit still says 7.0.0. Nothing tries it again by itself:\n");
  const second = await run(stage, "apply", "dev");
  await run(stage, "status", "dev");
  return { before, after: await made(world), exits: [first, second] };
}
