import { writeFile } from "node:fs/promises";
import { throwAwayBackend, type ThrowAway } from "./absent.ts";
import { readRun, type Reading } from "./changes.ts";
import { withoutColours } from "./diagnostics.ts";
import type { EngineParts } from "./engine.ts";
import { makesOf } from "./makes.ts";
import type { EngineOutcome, RunLimits, StackSite } from "./port.ts";
import { judgingPacks, policyFlags } from "./policy-flags.ts";
import { missingReferences } from "./problems.ts";
import { copyProject, type ProjectCopy } from "./project-copy.ts";
import { faultOf, hasBegun, runEngine, type RawRun } from "./run.ts";
import { holdsWords, learnConfig, learnReferences, learnState, NoScrubber, scrubberOf, withheldBecause, type Lookup } from "./secrets.ts";
import { freedIn, saltOf, sourcesOf, type Exported } from "./state.ts";
import { surround, type Surroundings } from "./surroundings.ts";

/** A preview has nothing to finish; a real run may have a create under way that takes the cloud minutes. */
const previewGraceMs = 5_000;
const actingGraceMs = 60_000;
/** A program may read stacks one after the other; each attempt brings at least one more. */
const mostAttempts = 10;

export interface Operation {
  readonly command: "preview" | "up" | "refresh" | "destroy";
  readonly flags: readonly string[];
  readonly previewOnly: boolean;
  /** Whether it runs the stack's program and so needs a language host. */
  readonly program: boolean;
}

export interface OperationParts extends EngineParts {
  readonly find: (site: StackSite) => Promise<{ readonly state: Exported } | undefined>;
}

interface Request {
  readonly site: StackSite;
  readonly limits: RunLimits;
  readonly operation: Operation;
}

/** One run of the engine as a value: prepare copies, run, learn what is secret, then read the events. */
export async function operate(parts: OperationParts, request: Request): Promise<EngineOutcome> {
  const started = performance.now();
  const [found, surroundings] = await Promise.all([
    parts.find(request.site),
    surround({ ...parts, path: parts.cli.path }, { operation: request.operation, hasPacks: judgingPacks(request.site).length > 0 }),
  ]);
  const before = found?.state;
  const copy = await copyProject(request.site, parts.cli.tmp, saltOf(before));
  let away: ThrowAway | undefined;
  try {
    if (found === undefined && request.operation.command === "preview") away = await throwAwayBackend(parts.cli, request.site, copy);
    const site = away?.site ?? request.site;
    const scrubber = parts.controls.unscrubbed === true ? new NoScrubber() : scrubberOf(site);
    const lookup = { settings: parts.cli, site, copy };
    const [run, knowsConfig] = await Promise.all([attempts({ parts, request: { ...request, site }, surroundings, copy, away }), learnConfig(lookup, scrubber)]);
    const after = await stateAfter(parts, request, run);
    const sources = new Map([...sourcesOf(before, request.site), ...sourcesOf(after?.state, request.site)]);
    const reading = {
      stack: site.stack,
      folders: { repositoryRoot: site.repositoryRoot, project: site.directory },
      scrubber,
      sources,
      isGuessed: parts.isGuessed,
      freed: freedIn(before),
    };
    const unread = await learnForWords(run, { lookup, reading, knowsConfig });
    const withheld = parts.controls.unscrubbed === true ? undefined : withheldBecause(unread);
    const fault = faultOf(run, { site, scrubber, withheld });
    if (fault !== undefined) throw fault;
    const { changes, drift } = readRun(run.collected, { ...reading, withheld });
    const makes = makesOf(run.collected, scrubber);
    return { ...endOf(run), exitCode: run.child.exitCode, changes, drift, makes, durationMs: performance.now() - started };
  } finally {
    await Promise.all([copy.remove(), away?.remove()]);
  }
}

/** Learns all that a run's words may repeat. Answers the stacks of which that failed; none where the run has no words. */
async function learnForWords(run: RawRun, known: { readonly lookup: Lookup; readonly reading: Reading; readonly knowsConfig: boolean }): Promise<string[]> {
  const { lookup, reading, knowsConfig } = known;
  const hasWords = holdsWords(run.collected) || (run.result === "failed" && hasBegun(run.collected));
  if (!hasWords) return [];
  const isRead = (await learnState(lookup, reading.scrubber)) && knowsConfig;
  const { reads } = readRun({ ...run.collected, diagnostics: [], policies: [] }, reading).changes;
  return [...(isRead ? [] : [lookup.site.stack]), ...(await learnReferences(lookup, reading.scrubber, reads))];
}

function endOf({ result, overdue }: RawRun): Pick<EngineOutcome, "result" | "overdue"> {
  return result === "timed-out" && overdue !== undefined ? { result, overdue } : { result };
}

interface Attempt {
  readonly parts: OperationParts;
  readonly request: Request;
  readonly surroundings: Surroundings;
  readonly copy: ProjectCopy;
  readonly away: ThrowAway | undefined;
}

/** In a throw-away backend a program may miss the stacks it reads: they are brought there and it runs again. */
async function attempts(attempt: Attempt): Promise<RawRun> {
  const brought = new Set<string>();
  for (let left = mostAttempts; ; left--) {
    const run = await once(attempt);
    if (attempt.away === undefined || run.result !== "failed" || left === 0) return run;
    const words = run.collected.diagnostics.map(({ message }) => withoutColours(message)).join("\n");
    let more = false;
    for (const name of missingReferences(words)) {
      if (brought.has(name)) continue;
      brought.add(name);
      more = (await attempt.away.bring(name)) || more;
    }
    if (!more) return run;
  }
}

async function once({ parts, request, surroundings, copy }: Attempt): Promise<RawRun> {
  const { site, limits, operation } = request;
  const { flags: policies, files } = operation.program ? policyFlags(site, copy.directory) : { flags: [], files: {} };
  for (const [path, text] of Object.entries(files)) await writeFile(path, text);
  return runEngine(parts.cli, {
    site,
    limits,
    args: [operation.command, ...operation.flags, ...policies, "--config-file", copy.config, ...surroundings.flags],
    more: surroundings.more,
    path: surroundings.path,
    program: operation.program,
    graceMs: limits.graceMs ?? (operation.previewOnly ? previewGraceMs : actingGraceMs),
    ...parts.controls,
  });
}

/** Where new resources were declared is only in the state that the run wrote. */
async function stateAfter(parts: OperationParts, { site, operation }: Request, run: RawRun): Promise<{ readonly state: Exported } | undefined> {
  const wrote = operation.command === "up" && run.collected.steps.some(({ phase, metadata }) => phase === "done" && metadata.op.startsWith("create"));
  return wrote ? parts.find(site).catch(() => undefined) : undefined;
}
