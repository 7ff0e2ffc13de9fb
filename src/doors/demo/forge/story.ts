import { branchWith, run, type Stage } from "../story.ts";
import { edit, editJson, git } from "../world.ts";
import { pageOf, wantApprovals, type ForgeWorld } from "./place.ts";

export interface ForgeStage extends Stage {
  readonly world: ForgeWorld;
}

/** What the story did on the forge: where the assertions look. */
export interface Told {
  readonly number: number;
  /** The comment that the first preview wrote. */
  readonly firstComment: string;
  readonly firstHead: string;
  readonly merged: string;
  /** Bob's `/trueup status`. */
  readonly asked: string;
}

const say = ({ tell }: Stage, text: string): void => tell(`\n${text}\n`);

export const ours = ({ forge }: ForgeWorld, number: number) => forge.comments(number).filter(({ author }) => author === forge.us);

async function opened(stage: ForgeStage): Promise<Pick<Told, "number" | "firstComment" | "firstHead">> {
  const { world } = stage;
  stage.title("Act 2: Ann opens a pull request for one app; its preview is a comment and a check");
  await branchWith(world, "new-cost-centre", {
    title: "podinfo 6.10.0",
    edits: () => editJson(world, "environments/dev/values.json", (values) => Object.assign(values["podinfo"] ?? {}, { version: "6.10.0" })),
  });
  const number = world.forge.openPullRequest("ann", { head: "new-cost-centre", base: "env/dev", title: "Book dev to cost centre 4712, and podinfo 6.10.0" });
  say(stage, `Ann opened ${pageOf(world, number)}`);
  await run(stage, "preview", "--pr", String(number));
  return { number, firstComment: ours(world, number)[0]?.id ?? "", firstHead: world.forge.head("new-cost-centre") };
}

async function pushedAgain(stage: ForgeStage, number: number): Promise<void> {
  const { world } = stage;
  stage.title("Act 3: she pushes a change of a shared library as well; the same comment says what is different");
  await edit(world, "stacks/lib/tags.ts", { from: '"4711"', to: '"4712"' });
  await git(world, "commit", "--quiet", "--all", "-m", "Book dev to cost centre 4712");
  await git(world, "push", "--quiet", "origin", "new-cost-centre");
  await run(stage, "preview", "--pr", String(number));
}

async function merged(stage: ForgeStage, number: number): Promise<string> {
  const { world, mutation } = stage;
  stage.title("Act 4: Bob of the platform team approves, Ann merges, and a job applies it");
  if (mutation !== "approval") world.forge.approve("bob", number);
  const commit = world.forge.merge("ann", number, "merge");
  say(stage, `${mutation === "approval" ? "Nobody" : "Bob"} approved, Ann merged: ${commit.slice(0, 7)} is on env/dev`);
  await git(world, "fetch", "--quiet", "origin");
  await git(world, "checkout", "--quiet", "-B", "env/dev", "origin/env/dev");
  await run(stage, "apply", "--branch", "env/dev");
  return commit;
}

async function drifted(stage: ForgeStage): Promise<void> {
  stage.title("Act 5: somebody edits the cloud by hand; it is found, recorded, and put back");
  await run(stage, "cloud", "set", "podinfo", "spec.replicas", "5", "--type", "Deployment");
  await run(stage, "drift", "dev", "--record");
  if (stage.mutation !== "fix") await run(stage, "drift", "dev", "--fix");
}

async function answered(stage: ForgeStage, number: number): Promise<string> {
  stage.title("Act 6: Bob asks in a comment how things are, and is answered there");
  const asked = stage.world.forge.comment("bob", number, "/trueup status");
  await run(stage, "comment", "--pr", String(number), "--comment", asked);
  return asked;
}

export async function playAtForge(stage: ForgeStage): Promise<Told> {
  stage.title("Act 1: dev comes up from nothing, and from then on wants approvals");
  await run(stage, "apply", "dev");
  await wantApprovals(stage.world);
  await run(stage, "apply", "dev");
  const first = await opened(stage);
  await pushedAgain(stage, first.number);
  const commit = await merged(stage, first.number);
  await drifted(stage);
  return { ...first, merged: commit, asked: await answered(stage, first.number) };
}
