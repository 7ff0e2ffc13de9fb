import { faultKinds, isFaultKind } from "../../test/torture/kinds.ts";
import { workNames, workWords } from "../../test/torture/story.ts";
import { harms, type Batch, type EngineBatch, type Harm, type SimulationBatch } from "./record.ts";

/** What the checker of the real engine's stories did not look for from the beginning on. */
const sought = ["destroyed", "repeated"] as const satisfies readonly Harm[];

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

/** The value that so many of a hundred do not exceed. */
export function percentile(numbers: readonly number[], percent: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}

/** So many of a hundred, never less than they are; small ones with more digits, so that none is told as nothing. */
function percent(part: number, whole: number): string {
  const digits = 100 * part >= 0.1 * whole ? 2 : 4;
  return `${(Math.ceil((100 * part * 10 ** digits) / whole) / 10 ** digits).toFixed(digits)} %`;
}

/** What a count without a miss proves: with n tries and none gone wrong, the rate is below 3/n at 95 %. */
export function boundOf(tries: number, misses: number): string {
  if (tries === 0) return "nothing is known";
  if (misses > 0) return `${misses} in ${tries}: ${percent(misses, tries)}`;
  return `none in ${tries}: the rate is below ${percent(3, tries)} at 95 %`;
}

/**
 * Faults of a kind that left nothing behind that should not be. What a story's end shows is told of its last fault, also where the moment of that one never
 * came: it counts against it all the same.
 */
function survivedOf(batch: EngineBatch, kind: string): number {
  const { injected, survived } = batch.kinds[kind] ?? { injected: 0, survived: 0 };
  const harmed = new Set(batch.misses.filter((miss) => miss.kind === kind).map(({ seed }) => seed)).size;
  return Math.max(0, Math.min(survived, injected - harmed));
}

function kindRows(batches: readonly EngineBatch[]): readonly string[] {
  const names = [...new Set(batches.flatMap(({ kinds }) => Object.keys(kinds)))].sort(
    (a, b) => Object.keys(faultKinds).indexOf(a) - Object.keys(faultKinds).indexOf(b),
  );
  const row = (title: string, kinds: readonly string[]): string => {
    const of = kinds.flatMap((kind) => batches.flatMap((batch) => batch.kinds[kind] ?? []));
    const survived = kinds.flatMap((kind) => batches.map((batch) => survivedOf(batch, kind)));
    const figures = [of.map(({ injected }) => injected), survived, ...harms.map((harm) => of.map((one) => one.harms[harm] ?? 0))];
    return `| ${[title, ...figures.map((each) => String(sum(each)))].join(" | ")} |`;
  };
  const rows = names.map((name) => row(isFaultKind(name) ? `${faultKinds[name].words} (\`${name}\`)` : `\`${name}\``, [name]));
  return [...rows, row("**all**", names)];
}

/** By what the runner was at. Batches from before that was drawn were at good merges. */
function workRows(batches: readonly EngineBatch[]): readonly string[] {
  const countsOf = (batch: EngineBatch, work: (typeof workNames)[number]): { readonly injected: number; readonly survived: number } => {
    if (batch.works !== undefined) return batch.works[work] ?? { injected: 0, survived: 0 };
    if (work !== "change") return { injected: 0, survived: 0 };
    return {
      injected: sum(Object.values(batch.kinds).map(({ injected }) => injected)),
      survived: sum(Object.keys(batch.kinds).map((kind) => survivedOf(batch, kind))),
    };
  };
  return workNames.map((work) => {
    const all = batches.map((batch) => countsOf(batch, work));
    return `| ${workWords[work]} (\`${work}\`) | ${sum(all.map(({ injected }) => injected))} | ${sum(all.map(({ survived }) => survived))} |`;
  });
}

const seconds = (ms: number): string => (Number.isNaN(ms) ? "–" : `${(ms / 1000).toFixed(1)} s`);

function recoveryRow(title: string, times: readonly number[]): string {
  return `| ${title} | ${[50, 90, 99, 100].map((percent) => seconds(percentile(times, percent))).join(" | ")} | ${times.length} |`;
}

const targetMs = 10_000;
/** A load average above this, on the two cores it was taken on, says that others had most of the machine. */
const busyLoad = 6;
/** Of one story at a time, as a machine has it on which one runner works: its engine, its providers and the rig. */
const aloneLoad = 4;
/** Fewer say nothing about one in a hundred. */
const enoughTimes = 100;

/** Times to work of batches whose machine was not busier than a load. */
function timesUnder(batches: readonly EngineBatch[], most: number): readonly number[] {
  return batches.filter(({ load }) => load !== undefined && load <= most).flatMap(({ toWorkMs }) => toWorkMs);
}

interface Times {
  readonly all: readonly number[];
  readonly quiet: readonly number[];
  readonly alone: readonly number[];
}

function verdict({ all, quiet, alone }: Times): string {
  const [times, where] = [
    [alone, `one story at a time, at a load of at most ${aloneLoad}`] as const,
    [quiet, `at a load of at most ${busyLoad}`] as const,
  ].find(([some]) => some.length >= enoughTimes) ?? [all, "beside other work"];
  const p99 = percentile(times, 99);
  if (times.length === 0) return "**Target:** at work again within 10 s (p99). Not measured yet.";
  const word = p99 <= targetMs ? "**met**" : `**missed** by ${seconds(p99 - targetMs)}`;
  return `**Target:** at work again within 10 s (p99). Measured ${where} ${seconds(p99)}: ${word}.`;
}

/** In the order of the record: the last batch with a miss, where there is one, and those after it. */
function fromLastMiss<One extends Batch>(batches: readonly One[]): { readonly missed: One | undefined; readonly after: readonly One[] } {
  const at = batches.findLastIndex(({ misses }) => misses.length > 0);
  return { missed: batches[at], after: batches.slice(at + 1) };
}

/** A miss stays on record when its defect is mended: this is what was tried with it mended. */
function sinceLastMiss(batches: readonly EngineBatch[]): string {
  const { after } = fromLastMiss(batches);
  const faults = sum(after.flatMap(({ kinds }) => Object.values(kinds).map(({ injected }) => injected)));
  return `${faults} faults in ${sum(after.map(({ seeds }) => seeds.length))} stories; ${boundOf(faults, 0)}`;
}

function missRows(batches: readonly Batch[]): readonly string[] {
  const rows = batches.flatMap(({ rig, commit, misses }) =>
    misses.map(({ seed, kind, harm, what }) => `| ${seed} | ${rig} | ${commit} | \`${kind}\` | ${harm} | ${what.replaceAll("|", "\\|")} |`),
  );
  return rows.length === 0 ? ["None."] : ["| seed | rig | at commit | last fault | harm | what |", "|---|---|---|---|---|---|", ...rows];
}

function engineSection(batches: readonly EngineBatch[]): readonly string[] {
  const all = batches.flatMap(({ kinds }) => Object.values(kinds));
  const injected = sum(all.map((one) => one.injected));
  const harmedStories = new Set(batches.flatMap(({ misses }) => misses.map(({ seed }) => seed))).size;
  const late = sum(all.map((one) => one.drawn)) - injected;
  // Older batches counted otherwise: with what the rig did meanwhile.
  const timed = batches.filter(({ works }) => works !== undefined);
  const [work, end] = [timed.flatMap(({ toWorkMs }) => toWorkMs), timed.flatMap(({ toEndMs }) => toEndMs)];
  const loads = batches.flatMap(({ load }) => load ?? []);
  const [quiet, alone] = [
    timesUnder(timed, busyLoad),
    timesUnder(
      timed.filter(({ workers }) => workers === 1),
      aloneLoad,
    ),
  ];
  const harmed = (harm: (typeof harms)[number]): number => sum(all.map((one) => one.harms[harm] ?? 0));
  const askedFor = (harm: Harm): number =>
    sum(batches.filter((batch) => batch.sought?.includes(harm)).flatMap(({ kinds }) => Object.values(kinds).map(({ injected: met }) => met)));
  const stories = sum(batches.map(({ seeds }) => seeds.length));
  const days = batches.map(({ date }) => date.slice(0, 10)).sort();
  const machines = [...new Set(batches.map(({ machine }) => machine))].join("; ");
  return [
    "### On the real engine",
    "",
    `${injected} faults met their moment in ${stories} stories, ${harmedStories} of which were harmed; ${late} more were drawn whose moment did not come, and do not count. ` +
      `${days[0] ?? "–"} to ${days.at(-1) ?? "–"}, Pulumi ${[...new Set(batches.map(({ engine }) => engine))].join(", ")}, ${machines}, ` +
      `${(sum(batches.map((one) => one.seconds)) / 60).toFixed(0)} minutes.`,
    "",
    ...(["lost", "doubled", "overlapped", "stuck"] as const).map((harm) => `- ${harm}: ${boundOf(injected, harmed(harm))}`),
    ...sought.map((harm) => `- ${harm}, which older stories were not asked for: ${boundOf(askedFor(harm), harmed(harm))}`),
    `- since the last miss on record: ${sinceLastMiss(batches)}`,
    `- ${sum(batches.map(({ ofAgents = 0 }) => ofAgents))} of the faults struck an agent (\`trueup agent --once\`) and not an apply`,
    `- a person had to do what a message says ${sum(batches.map(({ asked }) => asked.length))} times`,
    "",
    `Units were taken back ${sum(batches.map((one) => one.takenBack ?? 0))} times. What the runner was at:`,
    "",
    "| at work on | injected | survived |",
    "|---|---|---|",
    ...workRows(batches),
    "",
    `| fault | injected | survived | ${harms.join(" | ")} |`,
    `|---|${"---|".repeat(harms.length + 2)}`,
    ...kindRows(batches),
    "",
    "| after a kill -9 of the runner, from the start of the next run | p50 | p90 | p99 | longest | times |",
    "|---|---|---|---|---|---|",
    recoveryRow("its first engine at work", work),
    recoveryRow(`the same, where the load was at most ${busyLoad}`, quiet),
    recoveryRow(`the same, one story at a time where the load was at most ${aloneLoad}`, alone),
    recoveryRow("environment as its branch says", end),
    "",
    verdict({ all: work, quiet, alone }),
    ...(loads.length === 0 ? [] : ["", `Load averages of the batches: ${Math.min(...loads)} to ${Math.max(...loads)}. Others had work on the same machine.`]),
    "",
  ];
}

/** The same of the simulation. Of the batch with the miss only the runs after its highest seed that missed count: they were played last. */
function simulatedSinceLastMiss(batches: readonly SimulationBatch[]): string {
  const { missed, after } = fromLastMiss(batches);
  const rest = missed === undefined ? 0 : missed.seeds.to - Math.max(...missed.misses.map(({ seed }) => seed));
  return boundOf(rest + sum(after.map(({ runs }) => runs)), 0);
}

function simulationSection(batches: readonly SimulationBatch[]): readonly string[] {
  if (batches.length === 0) return [];
  const runs = sum(batches.map((one) => one.runs));
  const faults = sum(batches.flatMap((one) => Object.values(one.faults)));
  // One run that goes wrong is mostly told by several misses.
  const harmedBy = (harm?: Harm): number =>
    sum(batches.map(({ misses }) => new Set(misses.filter((miss) => harm === undefined || miss.harm === harm).map(({ seed }) => seed)).size));
  return [
    "### In the simulation",
    "",
    `${runs} runs with ${faults} faults in ${sum(batches.map((one) => one.seconds)).toFixed(0)} s. Runs that were harmed:`,
    "",
    ...harms.map((harm) => `- ${harm}: ${boundOf(runs, harmedBy(harm))}`),
    `- in any way: ${boundOf(runs, harmedBy())}`,
    `- since the last miss on record: ${simulatedSinceLastMiss(batches)}`,
    "",
  ];
}

/** The generated part of RELIABILITY.md: what the record says and nothing else. */
export function reliabilityReport(record: readonly Batch[]): string {
  const engine = record.filter((one) => one.rig === "engine");
  const simulation = record.filter((one) => one.rig === "simulation");
  return [...engineSection(engine), ...simulationSection(simulation), "### Misses on record", "", ...missRows(record)].join("\n");
}
