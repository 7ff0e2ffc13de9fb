import { replicaName, type Death } from "./death.ts";
import { cloudLedger, gitLedger, locksLeft, recoveredIn, stateOf, type CloudLine, type LedgerFile, type StateResource } from "./evidence.ts";
import type { Untouched } from "./story.ts";
import type { TakenBack } from "./taken-back.ts";
import { git, type World } from "./world.ts";

export interface Assertion {
  readonly says: string;
  readonly holds: boolean;
  /** What was read. */
  readonly seen: string;
}

const layerOf: Readonly<Record<string, number>> = {
  "acme-dev": 0,
  "dev.machines": 0,
  "dev.clusters": 1,
  "dev.podinfo": 2,
  "dev.shop-api": 2,
  "dev.shop-dashboard": 2,
  "dev.shop-db": 2,
  "dev.mesh": 3,
};
const layerNames = ["machines", "clusters", "apps", "mesh"];

const stackOf = (urn: string): string => urn.split("::")[0]?.split(":").at(-1) ?? "";
export const isReal = (resource: StateResource): boolean => resource.custom === true && !resource.type.startsWith("pulumi:");

/** While dev comes up, every create of a layer is before every one of the next. What is made later, in changes, is no part of that. */
export function layersInOrder(all: readonly CloudLine[]): boolean {
  const later = all.findIndex((line) => line.op !== "create");
  const lines = later === -1 ? all : all.slice(0, later);
  const places = layerNames.map((_, layer) =>
    lines.flatMap((line, index) => (line.op === "create" && line.actor === "engine" && layerOf[stackOf(line.urn)] === layer ? [index] : [])),
  );
  return places.every((here, layer) => here.length > 0 && (layer === 0 || Math.max(...(places[layer - 1] ?? [])) < Math.min(...here)));
}

function twice(lines: readonly CloudLine[]): string[] {
  const urns = lines.filter((line) => line.op === "create" && line.actor === "engine").map((line) => line.urn);
  return urns.filter((urn, index) => urns.indexOf(urn) !== index);
}

const deploymentType = "kubernetes:apps/v1:Deployment";

function findResource(state: readonly StateResource[] | undefined, type: string): StateResource | undefined {
  return state?.find((one) => one.type === type);
}

function valueAt(resource: StateResource | undefined, ...path: (string | number)[]): unknown {
  let value: unknown = resource?.outputs;
  for (const key of path) value = (value as Record<string | number, unknown> | undefined)?.[key];
  return value;
}

/** What the story saw at moments that are gone. */
export interface Memory {
  /** Undefined: nobody was killed. */
  readonly death: Death | undefined;
  readonly bad: { readonly before: Untouched; readonly after: Untouched };
  readonly back: TakenBack;
}

interface Evidence extends Memory {
  readonly world: World;
  readonly record: LedgerFile;
  readonly sentences: readonly string[];
  readonly states: Readonly<Record<string, readonly StateResource[]>>;
  readonly lines: readonly CloudLine[];
  /** The newest four merges of the branch. */
  readonly worst: string;
  readonly wrong: string;
  readonly grown: string;
  readonly good: string;
}

async function gather(world: World, memory: Memory): Promise<Evidence> {
  const { record, sentences } = await gitLedger(world);
  const states = Object.fromEntries(
    await Promise.all(Object.values(record.stacks).map(async ({ pulumiStack }) => [pulumiStack, await stateOf(world, pulumiStack)] as const)),
  );
  const [worst = "", wrong = "", grown = "", good = ""] = (await git(world, "log", "--first-parent", "--format=%H", "-4", "origin/env/dev")).split("\n");
  return { world, ...memory, record, sentences, states, lines: await cloudLedger(world), worst, wrong, grown, good };
}

export const check = (says: string, holds: boolean, seen: unknown): Assertion => ({ says, holds, seen: String(seen) });

function builtRight({ record, states, lines, sentences }: Evidence): Assertion[] {
  const results = Object.values(record.stacks).map((one) => one.result);
  const real = Object.values(states).flat().filter(isReal);
  const created = new Set(lines.filter((line) => line.op === "create").map((line) => line.urn));
  const first = sentences.find((line) => / applied to | failed after | refused, /.test(line)) ?? "not a word";
  return [
    check("dev came up at the first try", first.includes(" applied to "), first),
    check("all 8 stacks of dev are good in the ledger", results.length === 8 && results.every((result) => result === "good"), results.join(" ")),
    check("the layers were created one after another: machines, clusters, apps, mesh", layersInOrder(lines), `${created.size} creates`),
    check("every resource of every state was created in the cloud", real.length > 40 && real.every((one) => created.has(one.urn)), `${real.length} resources`),
    check("no resource was created twice", twice(lines).length === 0, twice(lines).join(" ") || "none"),
  ];
}

function changedRight({ states, record, good, grown }: Evidence): Assertion[] {
  const costCentre = valueAt(findResource(states["dev.machines"], "aws:ec2/vpc:Vpc"), "tags", "cost-centre");
  const image = valueAt(findResource(states["dev.podinfo"], deploymentType), "spec", "template", "spec", "containers", 0, "image");
  const moved = Object.values(record.stacks).filter(({ lastGood }) => lastGood?.commit === good || lastGood?.commit === grown).length;
  return [
    check("the shared library's change is live: the VPC is booked to 4712", costCentre === "4712", costCentre),
    check("the app's change is live: podinfo 6.10.0", String(image).endsWith(":6.10.0"), image),
    check("the stacks that the good merge changed are at it, or at the one after it", moved >= 4, `${moved} stacks`),
  ];
}

function repairedRight({ lines, states, sentences }: Evidence): Assertion[] {
  const at = lines.findIndex((line) => line.actor === "hand");
  const hand = lines[at];
  const repaired =
    hand !== undefined && lines.slice(at + 1).some((line) => line.actor === "engine" && line.op === "update" && line.id === hand.id && line.type === hand.type);
  const replicas = valueAt(findResource(states["dev.podinfo"], deploymentType), "spec", "replicas");
  return [
    check(
      "somebody changed the Deployment by hand",
      hand?.type === deploymentType && hand.op === "update",
      hand === undefined ? "nobody" : `${hand.op} ${hand.id}`,
    ),
    check("the engine put that same object back afterwards", repaired, repaired),
    check("the state has one replica again", replicas === 1, replicas),
    check(
      "the ledger tells of the repair",
      sentences.some((line) => /drift fixed in podinfo/.test(line)),
      sentences.find((line) => line.includes("drift")) ?? "not a word",
    ),
  ];
}

const ofReplica = ({ urn }: { readonly urn: string }): boolean => urn.endsWith(`::${replicaName}`);

function diedRight({ death }: Evidence): Assertion {
  const says = "the runner died in the middle of a create: the cloud had made it, the state did not know it";
  if (death === undefined) return check(says, false, "nobody died");
  const { made, known, pending } = death;
  return check(says, made.length === 1 && !known && pending === 1, `${made.join(" ")} made, ${known ? "known" : "not known"}, ${pending} never ended`);
}

async function finishedRight(evidence: Evidence): Promise<Assertion[]> {
  const { world, death, record, states, lines, sentences, grown } = evidence;
  const takeover = death === undefined ? undefined : sentences.find((line) => line.includes(`takes the lease over from run ${death.run}`));
  const creates = lines.filter((line) => line.op === "create" && ofReplica(line));
  const inState = (states["dev.shop-db"] ?? []).filter(ofReplica);
  const isOne = creates.length === 1 && inState.length === 1 && inState[0]?.id === creates[0]?.id;
  const adopted = (await recoveredIn(world)).some(({ kind, id }) => kind === "adopt" && id === inState[0]?.id);
  return [
    diedRight(evidence),
    check("the next run took the dead one's lease over, and the ledger tells it", takeover !== undefined, takeover ?? "not a word"),
    check("it took in what was made instead of making it again", adopted && isOne, `${creates.length} made, ${inState.length} in the state`),
    check("and finished what the dead one had begun", record.stacks["shop-db"]?.lastGood?.commit === grown, grown.slice(0, 7)),
  ];
}

async function untouched(evidence: Evidence): Promise<Assertion[]> {
  const { world, record, sentences, wrong } = evidence;
  const { before, after } = evidence.bad;
  const isAnywhere = Object.values(record.stacks).some((one) => one.lastGood?.commit === wrong || one.commit === wrong);
  const refusal = sentences.find((line) => line.includes(wrong.slice(0, 7)) && line.includes("refused"));
  const unclean = await git(world, "status", "--porcelain");
  const locks = await locksLeft(world);
  return [
    check("the bad commit is on the branch, and no stack is at it", wrong !== "" && !isAnywhere, wrong.slice(0, 7)),
    check("the ledger says that the bad commit was refused, and why", refusal !== undefined && /ports/.test(refusal), refusal ?? "not a word"),
    check("the bad commit touched nothing in the cloud", after.cloudLines === before.cloudLines, `${before.cloudLines} → ${after.cloudLines} entries`),
    check("the bad commit touched no state", after.states === before.states, before.states.slice(0, 12)),
    check("the bad commit moved no branch but the ledger", after.refs === before.refs, `${before.refs.split("\n").length} refs`),
    check("no lock and no lease is left", locks === 0 && record.lease === null, `${locks} locks`),
    check("nothing was written into the clone's work tree", unclean === "", unclean || "clean"),
  ];
}

async function backAgain({ world, back, record, sentences, lines, worst }: Evidence): Promise<Assertion[]> {
  const layers = new Set(
    lines
      .filter(({ actor }) => actor === "engine")
      .slice(-40)
      .map(({ urn }) => layerOf[stackOf(urn)]),
  );
  const told = sentences.find((line) => line.includes(worst.slice(0, 7)) && line.includes("rolled back"));
  const isAnywhere = Object.values(record.stacks).some((one) => one.lastGood?.commit === worst || one.commit === worst);
  const reverts = (await git(world, "ls-remote", "--heads", "origin", "trueup-revert/*")).split("\n").filter(Boolean).length;
  const isSame = back.after === back.before && back.before !== "";
  return [
    check(
      "the app that never became healthy ended the apply with 14, and its commit is nowhere live",
      back.exits[0] === 14 && !isAnywhere,
      back.exits.join(" "),
    ),
    check(
      "all four layers had moved",
      [0, 1, 2, 3].every((layer) => layers.has(layer)),
      [...layers].join(" "),
    ),
    check("every object of every stack is what it was before, by the engine's own export", isSame, `${back.before.split("\n").length} objects`),
    check("the ledger tells that it was rolled back", told !== undefined, told ?? "not a word"),
    check("it is not tried again by itself, and says why", back.exits[1] === 11 && record.vetoes.length === 1, `${record.vetoes.length} held`),
    check("a branch that takes it out of env/dev was pushed", reverts === 1, `${reverts} branches`),
  ];
}

/** Reads everything back and judges it. Nothing here comes from what the commands printed. */
export async function judge(world: World, memory: Memory): Promise<readonly Assertion[]> {
  const evidence = await gather(world, memory);
  return [
    ...builtRight(evidence),
    ...changedRight(evidence),
    ...repairedRight(evidence),
    ...(await finishedRight(evidence)),
    ...(await untouched(evidence)),
    ...(await backAgain(evidence)),
  ];
}
