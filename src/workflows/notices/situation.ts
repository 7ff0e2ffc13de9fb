import { alertsFrom, pageOf } from "../../domain/changes/index.ts";
import type { Environment } from "../../domain/environments/index.ts";
import type { GoodRun, Incident, Situation } from "../../domain/notices/index.ts";
import type { EnvironmentRecord, Ledger, LogEntry, OpenFinding, RunRecord } from "../ledger/index.ts";

/** Commits of the ledger that are looked through for the newest apply. */
const mostLooked = 60;
const mostNamed = 3;

type Problem = NonNullable<RunRecord["problem"]>;

function amount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** An attempt without an end counts as failed: this is asked only when nobody is at work. */
async function failedStacks(ledger: Ledger, { environment, stacks }: EnvironmentRecord): Promise<readonly Incident[]> {
  const failed = Object.entries(stacks).filter(([, { result }]) => result === "failed" || result === "applying");
  return Promise.all(
    failed.map(async ([stack, { commit, since, run: id }]): Promise<Incident> => {
      const run = id === null ? undefined : await ledger.run(id);
      const told = run?.units.flatMap((unit) => unit.stacks).find((one) => one.stack === stack)?.problem ?? run?.problem;
      return {
        stack,
        kind: "failed",
        of: commit ?? "",
        since,
        ...wordsOf(told, { what: "its last apply came to no good end", todo: `See: trueup status ${environment}` }),
      };
    }),
  );
}

function wordsOf(
  problem: Problem | null | undefined,
  usual: { readonly what: string; readonly todo: string },
): { readonly what: string; readonly todo: string } {
  return problem === null || problem === undefined ? usual : { what: `${problem.code}: ${problem.what}`, todo: problem.todo };
}

function findingText({ type, name, kind, paths }: OpenFinding): string {
  const resource = type === "" ? name : `${type.split(":").at(-1) ?? type} ${name}`;
  return kind === "changed" ? `${resource} (${paths.slice(0, mostNamed).join(", ") || "changed"})` : `${resource} (${kind.replace("-", " ")})`;
}

/** A finding with its ages; one written by a trueup that knew resources only is as old as it says. */
const aged = (one: OpenFinding): Parameters<typeof alertsFrom>[0] & object => ({
  tries: one.tries,
  lastTry: one.lastTry,
  fightSince: one.fightSince,
  paths: one.properties ?? [{ firstSeen: one.firstSeen }],
});

function isYoung(one: OpenFinding, { rules, now }: Asked): boolean {
  const drift = rules.stacks.find(({ name }) => name === one.stack)?.drift ?? rules.drift;
  return alertsFrom(aged(one), drift.alertAfterMs, now) !== undefined;
}

/** Findings that no repair will touch any more: a person is called for the stack as for one that failed. */
function givenUp({ environment, drift }: EnvironmentRecord, now: Date): readonly Incident[] {
  const pages = drift.findings.flatMap((one) => {
    const page = pageOf({ ...one, lastTry: one.lastTry, fightSince: one.fightSince }, environment, now);
    return page === undefined ? [] : [{ ...page, stack: one.stack, since: one.fightSince ?? one.lastTry ?? one.firstSeen }];
  });
  return [...Map.groupBy(pages, ({ stack }) => stack)].flatMap(([stack, [first, ...more]]): Incident[] => {
    if (first === undefined) return [];
    const what = more.length === 0 ? first.what : `${first.what}; and ${amount(more.length, "more finding")}`;
    return [{ stack, kind: "failed", of: `drift ${first.since}`, since: first.since, what, todo: first.todo }];
  });
}

function driftedStacks({ environment, drift }: EnvironmentRecord, asked: Asked): readonly Incident[] {
  const told = drift.findings.filter((one) => !isYoung(one, asked));
  return [...Map.groupBy(told, ({ stack }) => stack)].map(([stack, findings]): Incident => {
    const since = findings.map(({ firstSeen }) => firstSeen).sort()[0] ?? "";
    const named = findings.slice(0, mostNamed).map(findingText).join("; ");
    const more = findings.length > mostNamed ? `; ${findings.length - mostNamed} more` : "";
    const what = `${amount(findings.length, "finding")}: ${named}${more}`;
    return { stack, kind: "drift", of: since, since, what, todo: `See: trueup drift ${environment} --stack ${stack}` };
  });
}

const ends: ReadonlySet<string> = new Set(["good", "nothing", "refused", "failed", "rolledBack"]);

/** The newest apply that came to an end of its own; what somebody cancelled says nothing. */
async function newestApply(ledger: Ledger): Promise<LogEntry | undefined> {
  const entries = await ledger.log(mostLooked);
  return entries.find(({ trailers }) => trailers["Kind"] === "apply" && ends.has(trailers["Result"] ?? ""));
}

interface Newest {
  readonly result: string;
  readonly commit: string;
  readonly at: string;
  readonly run: RunRecord | undefined;
}

/** What is wrong with the environment as a whole: its newest apply was refused, or failed outside of any stack. */
function wholeIncidents({ result, commit, at, run }: Newest, failed: readonly Incident[], environment: string): readonly Incident[] {
  const usual = { what: `an apply was ${result === "rolledBack" ? "rolled back" : result}`, todo: `See: trueup log ${environment}` };
  const one = { stack: "", of: commit, since: run?.startedAt ?? at, ...wordsOf(run?.problem, usual) };
  if (result === "refused") return [{ ...one, kind: "refused" }];
  return result === "rolledBack" || (result === "failed" && failed.length === 0) ? [{ ...one, kind: "failed" }] : [];
}

function goodRun({ result, commit, at, run }: Newest): GoodRun | undefined {
  if (result !== "good" || run === undefined) return undefined;
  const stacks = run.units.flatMap((unit) => unit.stacks.filter((one) => one.result === "good").map(({ stack }) => stack));
  return { run: run.id, commit, at, stacks };
}

/** By which rules and at which time it is asked. */
export interface Asked {
  readonly rules: Pick<Environment, "stacks" | "drift">;
  readonly now: Date;
}

/** One incident per stack and kind: what an apply left says more than what repairs gave up. */
function stackIncidents(failed: readonly Incident[], record: EnvironmentRecord, asked: Asked): readonly Incident[] {
  const pages = givenUp(record, asked.now).filter(({ stack }) => !failed.some((one) => one.stack === stack));
  return [...failed, ...pages, ...driftedStacks(record, asked)];
}

/** How an environment stands by its ledger and its live rules alone: whoever looks, whenever, sees the same. */
export async function situationOf(ledger: Ledger, record: EnvironmentRecord, asked: Asked): Promise<Situation> {
  const { environment } = record;
  const failed = await failedStacks(ledger, record);
  const stacks = stackIncidents(failed, record, asked);
  const entry = await newestApply(ledger);
  if (entry === undefined) return { environment, incidents: stacks };
  const { Result: result = "", Commit: commit = "", Run: id } = entry.trailers;
  const newest: Newest = { result, commit, at: entry.at, run: id === undefined ? undefined : await ledger.run(id) };
  const good = goodRun(newest);
  return { environment, incidents: [...wholeIncidents(newest, failed, environment), ...stacks], ...(good === undefined ? {} : { good }) };
}
