import type { Problem } from "../../base/problem/index.ts";
import type { AgentEvent } from "./events.ts";
import type { Gauges } from "./grounds.ts";
import { metricTable, type MetricName } from "./metric-table.ts";

/** What is read from the process at the moment somebody asks. */
export interface ProcessFacts {
  readonly now: Date;
  readonly waiting: number;
  readonly running: number;
  readonly residentBytes: number;
  readonly cpuSeconds: number;
}

type Labels = Readonly<Record<string, string>>;

const escaped = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");

function seriesOf(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

const refusedExits: ReadonlySet<number> = new Set([5, 10, 11, 12, 13]);

/** "refused": nothing was changed, and whether it ever is is not for the agent to say. */
function resultOf(problem: Problem | undefined): string {
  if (problem === undefined) return "good";
  if (problem.code === "CANCELLED") return "cancelled";
  return refusedExits.has(problem.exitCode) ? "refused" : "failed";
}

/** Reads an agent's events, and tells how it stands in Prometheus' text form. */
export class Metrics {
  /** Metric → series → value. */
  readonly #counts = new Map<MetricName, Map<string, number>>();
  readonly #lastGood = new Map<string, number>();
  readonly #standings = new Map<string, { readonly labels: Labels; readonly gauges: Gauges }>();

  take(event: AgentEvent, now: Date): void {
    if (event.kind === "started") for (const repository of event.repositories) this.#lastGood.set(repository, now.getTime());
    if (event.kind === "standing") {
      const { repository, environment, gauges } = event;
      this.#standings.set(`${repository}\n${environment}`, { labels: { repository, environment }, gauges });
    }
    if (event.kind === "trouble") this.#add("trueup_agent_poll_errors_total", { repository: event.repository, code: event.problem.code });
    if (event.kind === "looked") {
      const { repository, problem } = event;
      if (problem === undefined) this.#lastGood.set(repository, now.getTime());
      this.#add("trueup_agent_passes_total", { repository, result: problem === undefined ? "good" : "failed" });
    }
    if (event.kind === "ended") {
      const { repository, what, problem, ms, engineMs } = event;
      this.#add("trueup_agent_runs_total", { repository, what, result: resultOf(problem) });
      this.#add("trueup_agent_run_seconds_total", { repository, what }, ms / 1000);
      this.#add("trueup_agent_engine_seconds_total", { repository, what }, engineMs / 1000);
    }
  }

  text(facts: ProcessFacts): string {
    const rows = this.#rows(facts);
    const names = Object.keys(metricTable) as MetricName[];
    return names.map((name) => [head(name), ...(rows.get(name) ?? []).map(([labels, value]) => `${name}${labels} ${value}`)].join("\n") + "\n").join("");
  }

  #add(name: MetricName, labels: Labels, by = 1): void {
    const series = this.#counts.get(name) ?? new Map<string, number>();
    this.#counts.set(name, series);
    series.set(seriesOf(labels), (series.get(seriesOf(labels)) ?? 0) + by);
  }

  #rows(facts: ProcessFacts): Map<MetricName, (readonly [string, number])[]> {
    const rows = new Map<MetricName, (readonly [string, number])[]>([...this.#counts].map(([name, series]) => [name, [...series]]));
    const put = (name: MetricName, labels: Labels, value: number): void => {
      rows.set(name, [...(rows.get(name) ?? []), [seriesOf(labels), value]]);
    };
    const age = (since: number): number => Math.max(0, Math.round((facts.now.getTime() - since) / 1000));
    for (const [repository, at] of this.#lastGood) put("trueup_agent_last_pass_age_seconds", { repository }, age(at));
    put("trueup_agent_queue_errands", { state: "waiting" }, facts.waiting);
    put("trueup_agent_queue_errands", { state: "running" }, facts.running);
    put("trueup_agent_resident_memory_bytes", {}, facts.residentBytes);
    put("trueup_agent_cpu_seconds_total", {}, facts.cpuSeconds);
    for (const { labels, gauges } of this.#standings.values()) {
      put("trueup_failed_stacks", labels, gauges.failedStacks);
      put("trueup_frozen_units", labels, gauges.frozenUnits);
      put("trueup_vetoed_units", labels, gauges.vetoedUnits);
      put("trueup_held_leases", labels, gauges.leaseSince === undefined ? 0 : 1);
      if (gauges.leaseSince !== undefined) put("trueup_lease_age_seconds", labels, age(gauges.leaseSince));
      for (const [stack, since] of Object.entries(gauges.driftSince)) put("trueup_drift_oldest_age_seconds", { ...labels, stack }, age(since));
    }
    return rows;
  }
}

function head(name: MetricName): string {
  const { type, help } = metricTable[name];
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}`;
}
