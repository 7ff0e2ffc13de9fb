import { describe, expect, test } from "vitest";
import { Problem, type ProblemCode } from "../../base/problem/index.ts";
import type { AgentEvent } from "./events.ts";
import { Health } from "./health.ts";
import { metricTable } from "./metric-table.ts";
import { Metrics } from "./metrics.ts";
import { News } from "./news.ts";
import { calm } from "./test-grounds.ts";

const start = Date.parse("2026-11-21T08:00:00.000Z");
const at = (seconds: number): Date => new Date(start + seconds * 1000);
const problem = (code: ProblemCode, what = "it is so"): Problem => new Problem(code, { what, on: "this", todo: "Do that." });
const started: AgentEvent = { kind: "started", repositories: ["estate", "other"], intervalMs: 60_000 };
const looked = (repository: string, code?: ProblemCode, nextMs = 60_000): AgentEvent => ({
  kind: "looked",
  repository,
  ms: 50,
  nextMs,
  ...(code === undefined ? {} : { problem: problem(code) }),
});
const about = { repository: "estate", what: "apply", on: "dev", environment: "dev", job: "20261121-080000-4f2c1d9a" } as const;
const ended = (code?: ProblemCode, what?: string): AgentEvent => ({
  kind: "ended",
  ...about,
  ms: 2_500,
  engineMs: 1_500,
  run: "r1",
  ...(code === undefined ? {} : { problem: problem(code, what) }),
});
const facts = { waiting: 3, running: 2, residentBytes: 1_000, cpuSeconds: 0.25 };

describe("metrics", () => {
  const metrics = new Metrics();
  metrics.take(started, at(0));
  metrics.take(looked("estate"), at(60));
  metrics.take(looked("other", "REMOTE_UNREACHABLE"), at(60));
  metrics.take({ kind: "trouble", repository: "other", of: "repository", problem: problem("REMOTE_UNREACHABLE"), nextMs: 1 }, at(60));
  metrics.take(ended(), at(70));
  metrics.take(ended("HELD"), at(80));
  metrics.take(ended("PROGRAM_FAILED"), at(90));
  metrics.take(ended("CANCELLED"), at(90));
  const gauges = { driftSince: { shop: start - 100_000, 'we"ird\\': start }, failedStacks: 1, frozenUnits: 2, vetoedUnits: 3, leaseSince: start - 5_000 };
  metrics.take({ kind: "standing", repository: "estate", environment: "dev", gauges }, at(90));
  metrics.take({ kind: "standing", repository: "estate", environment: "prod", gauges: calm.gauges }, at(90));
  const lines = metrics.text({ ...facts, now: at(100) }).split("\n");

  test.each([
    'trueup_agent_last_pass_age_seconds{repository="estate"} 40',
    'trueup_agent_last_pass_age_seconds{repository="other"} 100',
    'trueup_agent_passes_total{repository="other",result="failed"} 1',
    'trueup_agent_poll_errors_total{repository="other",code="REMOTE_UNREACHABLE"} 1',
    'trueup_agent_queue_errands{state="waiting"} 3',
    'trueup_agent_queue_errands{state="running"} 2',
    'trueup_agent_runs_total{repository="estate",what="apply",result="good"} 1',
    'trueup_agent_runs_total{repository="estate",what="apply",result="refused"} 1',
    'trueup_agent_runs_total{repository="estate",what="apply",result="failed"} 1',
    'trueup_agent_runs_total{repository="estate",what="apply",result="cancelled"} 1',
    'trueup_agent_engine_seconds_total{repository="estate",what="apply"} 6',
    'trueup_drift_oldest_age_seconds{repository="estate",environment="dev",stack="shop"} 200',
    'trueup_drift_oldest_age_seconds{repository="estate",environment="dev",stack="we\\"ird\\\\"} 100',
    'trueup_failed_stacks{repository="estate",environment="dev"} 1',
    'trueup_frozen_units{repository="estate",environment="dev"} 2',
    'trueup_vetoed_units{repository="estate",environment="dev"} 3',
    'trueup_held_leases{repository="estate",environment="dev"} 1',
    'trueup_held_leases{repository="estate",environment="prod"} 0',
    'trueup_lease_age_seconds{repository="estate",environment="dev"} 105',
    "trueup_agent_resident_memory_bytes 1000",
  ])("%s", (line) => {
    expect(lines).toContain(line);
  });

  test("have each a help and a type, a name with its unit, and exactly the labels that are declared", () => {
    for (const [name, { type, labels }] of Object.entries(metricTable)) {
      expect(lines.filter((line) => line.startsWith(`# HELP ${name} `) || line === `# TYPE ${name} ${type}`)).toHaveLength(2);
      expect(name).toMatch(type === "counter" ? /^trueup_\w+_total$/ : /^trueup_\w+_(seconds|bytes|errands|stacks|units|leases)$/);
      const series = lines.filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
      expect(series.length).toBeGreaterThan(0);
      for (const line of series) expect([...line.matchAll(/(\w+)="/g)].map(([, label]) => label)).toEqual(labels);
    }
    expect(lines.filter((line) => !/^(# (HELP|TYPE) trueup_\w+ .+|trueup_\w+(\{.+\})? -?[\d.]+|)$/.test(line))).toEqual([]);
  });
});

describe("health", () => {
  const healthAfter = (...events: readonly (readonly [number, AgentEvent])[]): Health => {
    const health = new Health();
    for (const [seconds, event] of events) health.take(event, at(seconds));
    return health;
  };

  test("is lost when no look has ended for three intervals, and comes back with one", () => {
    const health = healthAfter([0, started], [10, looked("estate")]);
    expect([health.ill(at(240)), health.ill(at(251))]).toEqual([undefined, "no look at any repository has ended for 241 s"]);
    health.take(looked("other"), at(260));
    expect(health.ill(at(261))).toBeUndefined();
  });

  test("is lost when the first look never ends", () => {
    expect(healthAfter([0, started]).ill(at(181))).toContain("181 s");
  });

  test("is not lost by trouble that is told, nor by waiting after it as long as was said; the reason names the trouble before", () => {
    const health = healthAfter([0, started], [10, looked("estate", "REMOTE_UNREACHABLE", 900_000)]);
    expect(health.ill(at(1_000))).toBeUndefined();
    expect(health.ill(at(1_091))).toBe("no look at any repository has ended for 1081 s; the one before ended with REMOTE_UNREACHABLE");
  });
});

describe("news", () => {
  test("says once what goes on being wrong, again when it is something else, and when it is over", () => {
    const news = new News();
    const events = [
      ended("HELD", "0 of 1 approvals"),
      ended("HELD", "0 of 1 approvals"),
      ended("HELD", "1 of 2 approvals"),
      ended(),
      ended("HELD", "1 of 2 approvals"),
    ];
    expect(events.map((event) => news.take(event)?.text)).toEqual([
      "apply dev: HELD: 0 of 1 approvals · on this · Do that.",
      undefined,
      "apply dev: HELD: 1 of 2 approvals · on this · Do that.",
      "apply dev: done",
      "apply dev: HELD: 1 of 2 approvals · on this · Do that.",
    ]);
  });

  test("of a lease that its holder renews is one, although its words change", () => {
    const news = new News();
    expect([news.take(ended("LEASE_HELD", "good until 08:10")), news.take(ended("LEASE_HELD", "good until 08:13"))?.text]).toEqual([
      expect.anything(),
      undefined,
    ]);
  });

  test("tells the steps of what is done, but not again of what is only tried again", () => {
    const news = new News();
    const step: AgentEvent = { kind: "step", text: "east applying", ...about };
    expect(news.take(step)).toMatchObject({ level: "info", event: "step", text: "apply dev: east applying", job: about.job });
    news.take(ended("PROGRAM_FAILED"));
    expect(news.take(step)).toBeUndefined();
    news.take(ended());
    expect(news.take(step)).toBeDefined();
  });

  test("keeps the trouble of a forge, a repository and an environment apart", () => {
    const news = new News();
    const trouble = (of: "repository" | "forge" | "environment"): AgentEvent => ({
      kind: "trouble",
      repository: "estate",
      of,
      ...(of === "environment" ? { environment: "dev" } : {}),
      problem: problem("FORGE_REFUSED"),
      nextMs: 60_000,
    });
    expect((["repository", "forge", "environment"] as const).map((of) => news.take(trouble(of))?.text.split(":")[0])).toEqual([
      "repository estate",
      "forge estate",
      "environment dev",
    ]);
    expect(news.take({ kind: "recovered", repository: "estate", of: "forge" })?.text).toBe("forge estate: can be asked again");
    expect(news.take({ kind: "recovered", repository: "estate", of: "forge" })).toBeUndefined();
    expect(news.take(trouble("repository"))).toBeUndefined();
  });
});
