import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, totalmem, type } from "node:os";
import { join } from "node:path";
import { median, type Sample } from "./sample.ts";

const root = join(import.meta.dirname, "../..");
const place = join(root, "docs/bench.md");
const marks = ["<!-- bench: begin, written by npm run bench -->", "<!-- bench: end -->"] as const;

export interface Target {
  readonly way: string;
  readonly words: string;
  readonly seconds: number;
}

export interface Row {
  readonly title: string;
  readonly samples: readonly Sample[];
}

const shown = (seconds: number): string => (Number.isNaN(seconds) ? "–" : seconds.toFixed(2));

function table({ title, samples }: Row): string {
  const first = median(samples[0]?.seconds ?? []);
  const lines = samples.map(({ name, seconds }) => {
    const middle = median(seconds);
    return `| ${name} | ${shown(middle)} | ${shown(Math.min(...seconds))} | ${shown(Math.max(...seconds))} | ${seconds.length} | ${shown(middle / first)} |`;
  });
  return [`### ${title}`, "", "| way | median s | min | max | runs | of the first |", "|---|---|---|---|---|---|", ...lines].join("\n");
}

function verdict(rows: readonly Row[], { way, words, seconds }: Target): string {
  const found = rows.flatMap(({ samples }) => samples).find(({ name }) => name === way);
  const measured = median(found?.seconds ?? []);
  return `**Target:** ${words}: ≤ ${seconds} s. Measured ${shown(measured)} s: ${measured <= seconds ? "**met**" : `**missed** by ${shown(measured - seconds)} s`}.`;
}

/** What the numbers were taken on: without it they mean nothing. */
function facts(loads: readonly [number, number], engine: string): string {
  const commit = execFileSync("git", ["-C", root, "rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  const [cpu] = cpus();
  const pulumi = execFileSync(engine, ["version"], { encoding: "utf8" }).trim();
  const load = loads.map((one) => one.toFixed(1)).join(" at the start, ");
  return `${new Date().toISOString().slice(0, 10)}, commit ${commit} · ${cpus().length} × ${cpu?.model.trim() ?? "unknown CPU"}, ${Math.round(totalmem() / 2 ** 30)} GB, ${type()} · Node ${process.version} · Pulumi ${pulumi} · load ${load} at the end (numbers taken beside other work are too high for all ways alike)`;
}

export function loadNow(): number {
  return loadavg()[0] ?? 0;
}

export interface Report {
  readonly rows: readonly Row[];
  readonly targets: readonly Target[];
  readonly notes: readonly string[];
  /** What is no row of times, as markdown. */
  readonly sections: readonly string[];
  readonly loads: readonly [number, number];
  readonly engine: string;
}

/** Markdown of a whole run. */
export function reportOf({ rows, targets, notes, sections, loads, engine }: Report): string {
  return [
    facts(loads, engine),
    "",
    ...targets.map((target) => verdict(rows, target)),
    "",
    ...rows.flatMap((row) => [table(row), ""]),
    ...notes.map((note) => `- ${note}`),
    ...sections.flatMap((section) => ["", section]),
  ].join("\n");
}

/** Puts a report between the marks of docs/bench.md; what people wrote around them stays. */
export function keep(report: string): void {
  const text = existsSync(place) ? readFileSync(place, "utf8") : `# How long things take\n\n${marks[0]}\n${marks[1]}\n`;
  const [before, after] = [text.indexOf(marks[0]), text.indexOf(marks[1])];
  if (before < 0 || after < before) throw new Error("docs/bench.md has lost its marks");
  writeFileSync(place, `${text.slice(0, before)}${marks[0]}\n\n${report}\n\n${text.slice(after)}`);
}
