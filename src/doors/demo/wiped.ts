import { join } from "node:path";
import { openCloud } from "../../satellites/sandbox-cloud/index.ts";
import { check, isReal, layersInOrder, type Assertion } from "./assertions.ts";
import { cloudLedger, gitLedger, locksLeft, stateOf, type LedgerFile } from "./evidence.ts";
import { run, type Stage } from "./story.ts";
import type { World } from "./world.ts";

const reason = "somebody had the wrong account selected";

/** What was there before somebody deleted it all. */
interface Lost {
  /** Urns of what stacks had made. */
  readonly urns: readonly string[];
  readonly stacks: LedgerFile["stacks"];
  /** Lines of the cloud's ledger when all was gone. */
  readonly lines: number;
}

const cloudOf = (world: World): ReturnType<typeof openCloud> => openCloud(join(world.clone, ".trueup/cloud"));

/** Behind trueup's back, as a person does it in a console. */
async function wipe(world: World): Promise<Lost> {
  const { stacks } = (await gitLedger(world)).record;
  const cloud = cloudOf(world);
  const doomed = cloud.list().filter(({ createdBy }) => createdBy !== "");
  for (const { id, type } of doomed) cloud.delete(id, { type });
  return { urns: doomed.map(({ createdBy }) => createdBy), stacks, lines: (await cloudLedger(world)).length };
}

async function judged(world: World, lost: Lost): Promise<Assertion[]> {
  const all = await cloudLedger(world);
  const byHand = all.slice(0, lost.lines).filter(({ op, actor }) => op === "delete" && actor === "hand");
  const again = all.slice(lost.lines);
  const made = again.filter(({ op, actor }) => op === "create" && actor === "engine").map(({ urn }) => urn);
  const { record, sentences } = await gitLedger(world);
  const there = new Set(
    cloudOf(world)
      .list()
      .map(({ type, id }) => `${type} ${id}`),
  );
  const states = (await Promise.all(Object.values(record.stacks).map(({ pulumiStack }) => stateOf(world, pulumiStack)))).flat().filter(isReal);
  const absent = states.filter(({ type, id }) => !there.has(`${type} ${id ?? ""}`));
  const same = Object.entries(lost.stacks).filter(([name, { lastGood }]) => record.stacks[name]?.lastGood?.commit === lastGood?.commit);
  const good = Object.values(record.stacks).filter(({ result }) => result === "good").length;
  const told = sentences.find((line) => line.startsWith("dev: rebuilt ") && line.endsWith(`asked by Ann: ${reason}`));
  const locks = await locksLeft(world);
  return [
    check("somebody deleted every object that stacks had made", byHand.length >= lost.urns.length && lost.urns.length > 40, `${byHand.length} deletes by hand`),
    check(
      "the rebuild made each of them again, and none twice",
      made.toSorted().join() === lost.urns.toSorted().join(),
      `${lost.urns.length} lost, ${made.length} made`,
    ),
    check(
      "layer by layer: machines, clusters, apps, mesh",
      layersInOrder(again.filter(({ op }) => op === "create")),
      `${again.length} entries of the cloud's ledger`,
    ),
    check("every object that a state names is in the cloud", states.length > 40 && absent.length === 0, `${states.length} named, ${absent.length} absent`),
    check("every stack is good again, at the commit that it was good at", good === 8 && same.length === 8, `${good} good, ${same.length} at their commit`),
    check("the ledger tells who asked for it, and why", told !== undefined, told ?? "not a word"),
    check("and nobody holds anything", record.lease === null && locks === 0, `${locks} locks`),
  ];
}

/** The whole cloud is deleted by hand and rebuilt from git. Played after everything else was read back: nothing of it is there any more. */
export async function wiped(stage: Stage): Promise<readonly Assertion[]> {
  const { world, tell } = stage;
  stage.title("Act 9: somebody deletes everything in the cloud; it is rebuilt from git, with a clock");
  const lost = await wipe(world);
  tell(`\nGone: ${lost.urns.length} objects of ${Object.keys(lost.stacks).length} stacks. The states still name them.\n`);
  if (stage.mutation !== "rebuild") {
    const began = performance.now();
    await run(stage, "rebuild", "dev", "--yes", "--reason", reason);
    tell(`\nFrom the command to the last verify check: ${((performance.now() - began) / 1000).toFixed(1)} s.\n`);
  }
  return judged(world, lost);
}
