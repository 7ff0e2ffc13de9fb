import { execFileSync } from "node:child_process";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { engine } from "../test/journeys/estate.ts";
import { batchOf } from "../test/torture/batch.ts";
import { canMount, whyNoMounts } from "../test/torture/disks.ts";
import { thingKinds, thingsOf, type Things } from "../test/torture/estate-files.ts";
import { allKinds, factsOf, isFaultKind, type FaultKind } from "../test/torture/kinds.ts";
import { play, type Played } from "../test/torture/play.ts";
import { shrink } from "../test/torture/shrink.ts";
import { drawStory, faultWords, workNames, worksWith, type Choice, type Story, type WorkName } from "../test/torture/story.ts";
import { simulatedStory } from "../test/torture/simulated.ts";
import { removePrepared } from "../test/torture/world.ts";
import { staleDocuments } from "./check/documents.ts";
import { addToRecord } from "./torture/record.ts";

/**
 * `npm run torture -- [--faults N | --runs N] [--seed S] [--beats N] [--kinds a,b] [--works a,b] [--things plain|all|data] [--keep 0,3] [--record] [--shrink] [--tell]`: stories of faults
 * against the real engine on the sandbox cloud. The same seed is the same story. `--simulated S,T` plays what the simulation drew from those seeds. Ends with 1
 * when anything was harmed.
 */
const usual = { beats: 8, faults: 40, workers: 2, batch: 2 } as const;
const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    runs: { type: "string" },
    faults: { type: "string" },
    beats: { type: "string" },
    kinds: { type: "string" },
    works: { type: "string" },
    things: { type: "string" },
    keep: { type: "string" },
    simulated: { type: "string" },
    workers: { type: "string" },
    record: { type: "boolean", default: false },
    shrink: { type: "boolean", default: false },
    tell: { type: "boolean", default: false },
  },
});

const root = join(import.meta.dirname, "..");
const print = (text: string): void => void process.stdout.write(`${text}\n`);

function whole(name: "seed" | "runs" | "faults" | "beats" | "workers", otherwise: number): number {
  const text = values[name];
  const number = text === undefined ? otherwise : Number(text);
  if (Number.isInteger(number) && number >= 0) return number;
  throw new Error(`--${name} wants a whole number, not ${text ?? ""}`);
}

async function kindsHere(): Promise<readonly FaultKind[]> {
  const named = values.kinds?.split(",");
  const unknown = named?.find((one) => !isFaultKind(one));
  if (unknown !== undefined) throw new Error(`there is no kind "${unknown}"; there are ${allKinds.join(", ")}`);
  const wanted = named?.filter(isFaultKind) ?? allKinds;
  if (await canMount()) return wanted;
  const left = wanted.filter((kind) => factsOf(kind).mounts === true);
  if (left.length > 0) print(`left out of the stories: ${left.join(", ")}: ${whyNoMounts}`);
  return wanted.filter((kind) => factsOf(kind).mounts !== true);
}

function worksHere(): readonly WorkName[] | undefined {
  if (values.works === undefined) return undefined;
  const named = values.works.split(",");
  const known = workNames.filter((one) => named.includes(one));
  if (known.length === named.length) return known;
  throw new Error(`--works wants some of ${workNames.join(", ")}, not ${values.works}`);
}

const isThings = (word: string): word is Things => Object.hasOwn(thingKinds, word);

function thingsHere(): Things | undefined {
  const { things } = values;
  if (things === undefined || isThings(things)) return things;
  throw new Error(`--things wants one of ${Object.keys(thingKinds).join(", ")}, not ${things}`);
}

const beats = whole("beats", usual.beats);
const [kinds, namedWorks, namedThings] = [await kindsHere(), worksHere(), thingsHere()];

function choiceOf(one: number): Choice {
  const things = namedThings ?? thingsOf(one);
  return { kinds, works: namedWorks ?? worksWith(things), things };
}
const seed = whole("seed", Date.now() % 1_000_000_000);
const kept = values.keep?.split(",").map(Number);

/** What a story was drawn from, to draw it again. */
const narrowed = [
  ...(values.kinds === undefined ? [] : [` --kinds ${values.kinds}`]),
  ...(values.works === undefined ? [] : [` --works ${values.works}`]),
  ...(values.things === undefined ? [] : [` --things ${values.things}`]),
].join("");

/** Seeds of the simulation, whose sequences are played; the record knows no such stories. */
const simulated = values.simulated?.split(",").map(Number);
if (simulated?.every(Number.isInteger) === false) throw new Error("--simulated wants seeds of the simulation: 50869,520148");
if (simulated !== undefined && values.record)
  throw new Error("what the simulation drew is not put on record as a story of the real engine: leave out --record");

async function drawn(one: number): Promise<Story> {
  if (simulated === undefined) return drawStory(one, beats, choiceOf(one));
  const { story, left } = await simulatedStory(one);
  if (left.length > 0) print(`seed ${one}: the real engine has nothing like ${left.join(", ")}`);
  return story;
}

async function storyOf(one: number): Promise<Story> {
  const story = await drawn(one);
  return kept === undefined ? story : { ...story, beats: story.beats.filter((_, at) => kept.includes(at)) };
}

const again = (one: number): string =>
  simulated === undefined ? `npm run torture -- --seed ${one} --runs 1 --beats ${beats}${narrowed}` : `npm run torture -- --simulated ${one}`;

function tell(played: Played): void {
  const { story, struck, told, asked, seconds } = played;
  const bad = struck.flatMap((one) => one.violations.map(({ harm, what }) => `  ${harm}: ${what} (seen after ${faultWords(one)})`));
  const met = struck.filter(({ injected }) => injected).length;
  print(
    `seed ${story.seed}: ${story.stacks} stacks, ${met} of ${struck.length} faults met, ${asked.length} times a person, ${seconds.toFixed(0)} s: ${bad.length === 0 ? "unharmed" : "HARMED"}`,
  );
  if (bad.length > 0 || values.tell) print([...told, ...bad].join("\n"));
  if (bad.length > 0) print(`again: ${again(story.seed)} [--shrink]`);
}

const words = (command: string, ...args: string[]): string => execFileSync(command, args, { cwd: root, encoding: "utf8" }).trim();

interface Began {
  readonly ms: number;
  readonly load: number;
}
const loadNow = (): number => loadavg()[0] ?? 0;
const now = (): Began => ({ ms: performance.now(), load: loadNow() });

function keep(played: readonly Played[], began: Began): void {
  if (!values.record || played.length === 0) return;
  const [cpu] = cpus();
  addToRecord(
    join(root, "docs/reliability.jsonl"),
    batchOf(played, {
      date: new Date().toISOString(),
      commit: words("git", "rev-parse", "--short", "HEAD"),
      engine: words(engine ?? "pulumi", "version"),
      machine: `${cpus().length} × ${cpu?.model.trim() ?? "unknown CPU"}`,
      load: Number(Math.max(began.load, loadNow()).toFixed(1)),
      workers: whole("workers", usual.workers),
      beats,
      seconds: Math.round((performance.now() - began.ms) / 1000),
    }),
  );
  staleDocuments(root, true);
}

/** Stories side by side; every few of them are put on record, so that what was run counts even when the rest is not. */
async function all(): Promise<readonly Played[]> {
  const drawing = values.runs === undefined ? Math.ceil(whole("faults", usual.faults) / beats) : whole("runs", 1);
  const runs = simulated?.length ?? drawing;
  const workers = whole("workers", Math.min(usual.workers, runs));
  const [done, open]: [Played[], Played[]] = [[], []];
  let [next, began] = [0, now()];
  const work = async (): Promise<void> => {
    while (next < runs) {
      const at = next++;
      const played = await play(await storyOf(simulated?.[at] ?? seed + at));
      tell(played);
      done.push(played);
      open.push(played);
      if (open.length < usual.batch && done.length < runs) continue;
      keep(open.splice(0), began);
      began = now();
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  keep(open, began);
  return done;
}

try {
  if (engine === undefined) throw new Error("there is no Pulumi engine; run npm run setup");
  const played = await all();
  const bad = played.filter(({ struck }) => struck.some(({ violations }) => violations.length > 0));
  const met = played.flatMap(({ struck }) => struck.filter(({ injected }) => injected)).length;
  print(`${met} faults met in ${played.length} stories; ${bad.length} stories harmed`);
  const [first] = bad;
  if (values.shrink && first !== undefined) {
    const shortest = await shrink(first, async (story) => play(story));
    print(`shortest, ${shortest.story.beats.length} faults, of seed ${shortest.story.seed}:`);
    tell(shortest);
    const full = await drawn(shortest.story.seed);
    const places = shortest.story.beats.map((beat) => full.beats.findIndex(({ seed: one }) => one === beat.seed));
    print(`again: ${again(shortest.story.seed)} --keep ${places.join(",")}`);
  }
  process.exitCode = bad.length === 0 ? 0 : 1;
} finally {
  await removePrepared();
}
