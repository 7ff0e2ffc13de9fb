import type { Assertion } from "../assertions.ts";
import { cloudLedger, gitLedger, locksLeft, stateOf, type CloudLine, type LedgerFile, type StateResource } from "../evidence.ts";
import { git } from "../world.ts";
import type { ForgeWorld } from "./place.ts";
import { ours, type Told } from "./story.ts";

interface Evidence {
  readonly world: ForgeWorld;
  readonly told: Told;
  readonly record: LedgerFile;
  readonly sentences: readonly string[];
  readonly lines: readonly CloudLine[];
  readonly podinfo: readonly StateResource[];
  readonly machines: readonly StateResource[];
  /** Everything that the story printed. */
  readonly printed: string;
}

const check = (says: string, holds: boolean, seen: unknown): Assertion => ({ says, holds, seen: String(seen) });
const has = (text: string | undefined, ...wanted: readonly (string | RegExp)[]): boolean =>
  text !== undefined && wanted.every((one) => (typeof one === "string" ? text.includes(one) : one.test(text)));

function previewed({ world, told }: Evidence): Assertion[] {
  const previews = ours(world, told.number).filter(({ body }) => body.includes("<!-- trueup:preview"));
  const [comment] = previews;
  const head = world.forge.head("new-cost-centre");
  const checks = world.forge.statuses(head).filter(({ name }) => name === "trueup/preview (dev)");
  return [
    check(
      "two pushes made one preview comment, the same one edited",
      previews.length === 1 && comment?.id === told.firstComment,
      previews.map(({ id }) => id).join(" "),
    ),
    check("it shows the app's and the library's change", has(comment?.body, "6.10.0", "4712"), `${comment?.body.length ?? 0} characters`),
    check(
      "it says what became different since the first push",
      has(comment?.body, `Since the previous preview (${told.firstHead.slice(0, 7)}`),
      told.firstHead.slice(0, 7),
    ),
    check(
      "the newest head has one check, and it is green",
      checks.length === 1 && checks[0]?.state === "success" && checks[0].copies === 1,
      checks.map(({ state }) => state).join(" ") || "none",
    ),
  ];
}

function applied({ world, told, sentences }: Evidence): Assertion[] {
  const comment = ours(world, told.number).find(({ body }) => body.includes("<!-- trueup:apply"))?.body;
  const statuses = world.forge.statuses(told.merged).filter(({ name }) => name === "trueup/apply (dev)");
  const deployments = world.forge.deployments().filter(({ commit, environment }) => commit === told.merged && environment === "dev");
  const sentence = sentences.find((line) => line.includes(told.merged.slice(0, 7)) && line.includes(" applied to "));
  const once = (states: readonly string[]): boolean => states.join(" ") === "success";
  const seen = (states: readonly string[]): string => states.join(" ") || "none";
  const [green, done] = [statuses.map(({ state }) => state), deployments.map(({ state }) => state)];
  return [
    check("the pull request is merged", world.forge.stateOf(told.number) === "merged", world.forge.stateOf(told.number)),
    check("the apply told its result in the pull request", has(comment, /^### ✅ dev/m), comment?.split("\n")[1] ?? "no comment"),
    check("the merge has a green status of the apply", once(green), seen(green)),
    check("and a deployment to dev that succeeded", once(done), seen(done)),
    check("the ledger says by whose approval", has(sentence, "approved by bob"), sentence ?? "not a word"),
  ];
}

function live({ told, record, podinfo, machines }: Evidence): Assertion[] {
  const outputs = (resources: readonly StateResource[], type: string): Readonly<Record<string, unknown>> =>
    resources.find((one) => one.type === type)?.outputs ?? {};
  const deployment = JSON.stringify(outputs(podinfo, "kubernetes:apps/v1:Deployment"));
  const tags = JSON.stringify(outputs(machines, "aws:ec2/vpc:Vpc")["tags"] ?? {});
  const moved = Object.values(record.stacks).filter((one) => one.lastGood?.commit === told.merged).length;
  return [
    check("the stacks that the merge changed are at it", moved >= 4, `${moved} stacks`),
    check("both changes are live: podinfo 6.10.0, cost centre 4712", deployment.includes(":6.10.0") && tags.includes("4712"), tags),
  ];
}

function repaired({ lines, podinfo, sentences }: Evidence): Assertion[] {
  const at = lines.findIndex((line) => line.actor === "hand");
  const hand = lines[at];
  const fixed = sentences.find((line) => /drift fixed in podinfo/.test(line));
  const isBack = hand !== undefined && lines.slice(at + 1).some((line) => line.actor === "engine" && line.op === "update" && line.id === hand.id);
  const spec = podinfo.find(({ type }) => type === "kubernetes:apps/v1:Deployment")?.outputs?.["spec"] as { replicas?: unknown } | undefined;
  return [
    check(
      "the engine put back what was edited by hand",
      isBack && spec?.replicas === 1,
      hand === undefined ? "nobody edited" : `${hand.id}: ${String(spec?.replicas)}`,
    ),
    check("the ledger tells of the repair", fixed !== undefined, fixed ?? "not a word"),
  ];
}

async function answered({ world, told, record, sentences, printed }: Evidence): Promise<Assertion[]> {
  const replies = ours(world, told.number).filter(({ body }) => body.includes(`reply:${told.asked} `));
  const reactions = world.forge.reactions(told.asked).filter(({ by }) => by === world.forge.us);
  const said = [printed, ...sentences, ...world.forge.comments(told.number).map(({ body }) => body), JSON.stringify(record)].join("\n");
  const leaks = world.forge.secrets().filter((secret) => said.includes(secret)).length;
  const unclean = await git(world, "status", "--porcelain");
  return [
    check(
      "Bob's question is answered once, with how dev is",
      replies.length === 1 && has(replies[0]?.body, "/trueup status", "podinfo"),
      `${replies.length} answers`,
    ),
    check("and his comment got a reaction", reactions.length === 1, reactions.map(({ content }) => content).join(" ") || "none"),
    check("no lock and no lease is left", (await locksLeft(world)) === 0 && record.lease === null, JSON.stringify(record.lease)),
    check(
      "no token is in what was printed, said or recorded",
      leaks === 0 && said.length > 10_000,
      `${leaks} of ${world.forge.secrets().length} tokens in ${said.length} characters`,
    ),
    check("nothing was written into the clone's work tree", unclean === "", unclean || "clean"),
  ];
}

/** Reads everything back from the forge, the ledger, the engine's own state and the cloud. Nothing here comes from what the commands printed but the search for tokens. */
export async function judgeAtForge(world: ForgeWorld, told: Told, printed: string): Promise<readonly Assertion[]> {
  const { record, sentences } = await gitLedger(world);
  const [podinfo, machines] = await Promise.all([stateOf(world, "dev.podinfo"), stateOf(world, "dev.machines")]);
  const evidence = { world, told, record, sentences, podinfo, machines, printed, lines: await cloudLedger(world) };
  return [...previewed(evidence), ...applied(evidence), ...live(evidence), ...repaired(evidence), ...(await answered(evidence))];
}
