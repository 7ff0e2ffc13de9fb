import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { z } from "zod";

/** What must never be, in the order of the table's columns. */
export const harms = ["lost", "doubled", "overlapped", "untrue", "unnamed", "left behind", "stuck", "destroyed", "repeated"] as const;
export type Harm = (typeof harms)[number];

const count = z.int().min(0);
const kindSchema = z.strictObject({ drawn: count, injected: count, survived: count, harms: z.partialRecord(z.enum(harms), count) });
const missSchema = z.strictObject({ seed: z.int(), kind: z.string(), harm: z.enum(harms), what: z.string() });

/** One batch of stories on the real engine, as one line of docs/reliability.jsonl. A line is never changed: what was seen was seen. */
const engineSchema = z.strictObject({
  rig: z.literal("engine"),
  date: z.iso.datetime(),
  /** Of trueup, and of the Pulumi CLI. */
  commit: z.string(),
  engine: z.string(),
  machine: z.string(),
  /** The higher one of the load averages of a minute at its beginning and its end: beside other work everything takes longer. */
  load: z.number().optional(),
  /** Stories that were played side by side. */
  workers: count.optional(),
  seeds: z.array(z.int()),
  beats: count,
  seconds: z.number(),
  kinds: z.record(z.string(), kindSchema),
  /** What the runner was at; a batch without was at good merges only. */
  works: z.record(z.string(), z.strictObject({ injected: count, survived: count })).optional(),
  /** How often a unit was taken back. */
  takenBack: count.optional(),
  /** How many of those that met their moment struck an agent and not an apply. */
  ofAgents: count.optional(),
  /** What messages told a person to do, and was done. */
  asked: z.array(z.string()),
  /**
   * After each death, milliseconds from the start of whoever came next to its first engine, and to the end of whoever first ended well. Batches without `works`
   * counted from the death itself, with what the rig did meanwhile and with whoever was struck on the way.
   */
  toWorkMs: z.array(count),
  toEndMs: z.array(count),
  /** Harms that the checker looked for and of which earlier batches know nothing. */
  sought: z.array(z.enum(harms)).optional(),
  misses: z.array(missSchema),
});

/** One batch of the simulation: runs of the same workflows on a virtual clock. */
const simulationSchema = z.strictObject({
  rig: z.literal("simulation"),
  date: z.iso.datetime(),
  commit: z.string(),
  seeds: z.strictObject({ from: z.int(), to: z.int() }),
  runs: count,
  faults: z.record(z.string(), count),
  seconds: z.number(),
  misses: z.array(missSchema),
});

export type EngineBatch = z.infer<typeof engineSchema>;
export type SimulationBatch = z.infer<typeof simulationSchema>;
const batchSchema = z.discriminatedUnion("rig", [engineSchema, simulationSchema]);
export type Batch = z.infer<typeof batchSchema>;

export function readRecord(file: string): readonly Batch[] {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => batchSchema.parse(JSON.parse(line)));
}

export function addToRecord(file: string, batch: Batch): void {
  appendFileSync(file, `${JSON.stringify(batchSchema.parse(batch))}\n`);
}
