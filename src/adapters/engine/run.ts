import { Problem } from "../../base/problem/index.ts";
import { runChild, type ChildResult } from "../../base/process/index.ts";
import type { Scrubber } from "../../base/secret/index.ts";
import { engineEnvironment, type CliSettings } from "./cli.ts";
import { Collector, type Collected } from "./collect.ts";
import { withoutColours } from "./diagnostics.ts";
import { engineFailed, eventsLost, onStack, policyPackFailed, recogniseInDiagnostics } from "./problems.ts";
import type { EngineOutcome, Overdue, RunLimits, StackSite } from "./port.ts";
import { OwnLock } from "./own-lock.ts";
import { listenForEvents } from "./stream.ts";

/** The CLI's own words of a run are only looked at when it fails without events. */
const wordsCap = 64 * 1024;
/** The last events may still be on their way when the process is gone. */
const drainMs = 5_000;

export interface RunCall {
  readonly site: StackSite;
  /** Command and flags, without those that every run has. */
  readonly args: readonly string[];
  readonly limits: RunLimits;
  readonly more: Readonly<Record<string, string>>;
  readonly path: string;
  /** Whether it runs the stack's program. */
  readonly program: boolean;
  /** After INT: how long the engine may take to end what it has started, before TERM and then KILL. */
  readonly graceMs: number;
  /** Only for controls in tests. */
  readonly keepDebug?: boolean | undefined;
  /** Only for controls in tests: nothing is learnt about secrets, nothing is masked. */
  readonly unscrubbed?: boolean | undefined;
  /** Only for controls in tests: each raw event may be changed or dropped before it is read. */
  readonly tamper?: ((json: string) => string | undefined) | undefined;
}

export interface RawRun {
  readonly child: ChildResult;
  readonly collected: Collected;
  readonly result: EngineOutcome["result"];
  readonly overdue: Overdue | undefined;
}

/** One run of the CLI with its events taken while it goes on. Whether it was a run at all is for `faultOf`, once it is known what is secret. */
export async function runEngine(settings: CliSettings, call: RunCall): Promise<RawRun> {
  const { site, limits } = call;
  const collector = new Collector({ stack: site.stack, runsProgram: call.program, onProgress: limits.onProgress, keepDebug: call.keepDebug });
  const locks = new OwnLock({ site, limits, locks: !isReadOnly(call.args) });
  const stream = await listenForEvents((json) => {
    locks.look();
    const told = call.tamper === undefined ? json : call.tamper(json);
    if (told !== undefined) collector.take(told);
  });
  let overdue: Overdue | undefined;
  try {
    const child = await runChild(
      [settings.cli, ...call.args, "-s", site.pulumiStack, "--event-log", stream.address, "--non-interactive", "--color", "never", ...parallel(limits)],
      {
        cwd: site.directory,
        env: engineEnvironment({ ...settings, path: call.path }, site, call.more),
        deadlineMs: limits.deadlineMs,
        graceMs: call.graceMs,
        // At that moment: what is interrupted afterwards ends in good order, and is no longer seen to have been waited for.
        onDeadline: () => (overdue = { deadlineMs: limits.deadlineMs, ...collector.underWay() }),
        outputCap: wordsCap,
        ...(limits.signal === undefined ? {} : { signal: limits.signal }),
        ...(limits.hardSignal === undefined ? {} : { hardSignal: limits.hardSignal }),
        onSession: (session) => {
          locks.begin(session);
          limits.onSession?.(session);
        },
        ...(limits.mayAct === undefined ? {} : { mayBegin: limits.mayAct }),
      },
    );
    await locks.end();
    await stream.drained(drainMs);
    const collected = collector.end(stream.opened());
    return { child, collected, overdue, result: resultOf(child) };
  } finally {
    stream.close();
  }
}

/** What only looks takes no lock. */
function isReadOnly([command, ...flags]: readonly string[]): boolean {
  return command === "preview" || flags.includes("--preview-only");
}

function parallel(limits: RunLimits): string[] {
  return limits.parallel === undefined ? [] : ["--parallel", String(limits.parallel)];
}

/** How a run ended. A graceful cancel looks like a failure (exit 1), a deadline like a cancel: what was sent decides, not the exit code. */
export function resultOf(child: ChildResult): EngineOutcome["result"] {
  if (child.exitCode === 0) return "succeeded";
  if (child.endedBy === "itself") return "failed";
  return child.endedBy === "deadline" ? "timed-out" : "cancelled";
}

/** What a run that ended is judged with. */
interface Judging {
  readonly site: StackSite;
  readonly scrubber: Scrubber;
  /** As in `Wording`. */
  readonly withheld: string | undefined;
}

/** The Problem of a run that did not happen or whose events are not whole. Only a run that was stopped by us may have lost events. */
export function faultOf(run: RawRun, judging: Judging): Problem | undefined {
  if (run.result === "cancelled" || run.result === "timed-out") return undefined;
  const refused = run.result === "failed" ? refusal(run, judging) : undefined;
  if (refused !== undefined) return refused;
  return run.collected.lost === undefined ? undefined : eventsLost(run.collected.lost, judging.site);
}

/** Whether the engine began with steps: before the first one no program, provider or policy has said anything. */
export function hasBegun({ steps, diagnostics, result }: Collected): boolean {
  return steps.length > 0 || diagnostics.length > 0 || result !== undefined;
}

/** What kept a failed run from being a run of the program, or undefined when program, provider or policy failed. */
function refusal({ child, collected }: RawRun, { site, scrubber, withheld }: Judging): Problem | undefined {
  const words = scrubber.scrub(child.stderr === "" ? child.stdout : child.stderr);
  // Locked, wrong passphrase, no such stack: it is said in words only.
  if (!hasBegun(collected)) return engineFailed(words, site);
  const found = refusalWithin({ child, collected, site, scrubber, words });
  if (found === undefined || withheld === undefined) return found;
  return new Problem(found.code, { what: withheld, on: onStack(site), todo: found.todo, retry: found.retry });
}

interface Within {
  readonly child: ChildResult;
  readonly collected: Collected;
  readonly site: StackSite;
  readonly scrubber: Scrubber;
  readonly words: string;
}

function refusalWithin({ child, collected, site, scrubber, words }: Within): Problem | undefined {
  const ofPack = packProblem(collected, site, scrubber);
  if (ofPack !== undefined) return ofPack;
  const errors = collected.diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => withoutColours(message));
  const known = recogniseInDiagnostics(scrubber.scrub([...errors, child.stderr].join("\n")), site);
  if (known !== undefined) return known;
  const explained = errors.length > 0 || collected.policies.length > 0 || collected.result === "failed" || collected.lost !== undefined;
  return explained ? undefined : engineFailed(words, site);
}

function packProblem({ diagnostics }: Collected, site: StackSite, scrubber: Scrubber): Problem | undefined {
  const words = diagnostics.map(({ message }) => scrubber.scrub(withoutColours(message)));
  return policyPackFailed(words, { ...site, packs: [...site.policyPacks, ...(site.livePolicies?.packs ?? [])] });
}
