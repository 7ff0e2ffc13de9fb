import type { Problem } from "../../base/problem/index.ts";
import type { EngineOutcome } from "../../adapters/engine/index.ts";
import type { Diagnostic } from "../../domain/changes/index.ts";
import type { Failure } from "../../domain/reports/index.ts";

const shownLines = 30;

/** The resource part of a urn, as people name it: `aws:s3/bucket:Bucket logs`. */
function resourceOf(urn: string | undefined): string | undefined {
  const [, , types = "", name] = urn?.split("::") ?? [];
  return name === undefined ? undefined : `${types.split("$").at(-1)} ${name}`;
}

function firstError(outcome: EngineOutcome): Diagnostic | undefined {
  const errors = outcome.changes.diagnostics.filter((one) => one.severity === "error");
  // The stack's own summary ("update failed") says less than the resource's message.
  return errors.find((one) => one.urn !== undefined && !one.urn.includes("pulumi:pulumi:Stack")) ?? errors[0];
}

/** The engine's words around a message say nothing that a reader does not see already. */
const isFrame = (line: string): boolean => line.trim() === "" || /^Running program '.*' failed with an unhandled exception:$/.test(line.trim());
const linesOf = (text: string): string[] => text.split("\n").filter((line) => !isFrame(line));

/** What the programs of an estate refuse by themselves, before they declare anything: the dispatcher's three lines inside the engine's message. */
const ownCodes = ["ARGS_INVALID", "STACK_PATH_MISSING", "STACK_UNKNOWN", "PROGRAM_FAILED"] as const;
const ownRefusal = /(?:^|\n)\s*(?:Error: )?([A-Z]+_[A-Z_]+): (.+)\n\s*on (.+)\n\s*(.+)/;
const halfWay = /(?:^|: )(the program \S+ ended before it was done.*)/;

/** The engine itself refuses these, in a preview too, and names a command that takes the mark out of a state without a commit. */
const ofProtected = [
  [/(?:^|: )resource "[^"]+" cannot be deleted\s+because it is protected/, "deleted"],
  [/(?:^|: )unable to replace resource "[^"]+"[^"]*(?:"[^"]+"\s+)?as it is currently marked for protection/, "replaced"],
] as const;

function ofProtection(message: string, on: string): Failure["problem"] | undefined {
  const [, verb] = ofProtected.find(([words]) => words.test(message)) ?? [];
  if (verb === undefined) return undefined;
  const what = `what is protected would be ${verb}`;
  return { code: "GUARD_REFUSED", what, on, todo: "Keep it; or take its protect off by a commit of its own first, and push this one when that is applied." };
}

function named(first: Diagnostic | undefined, outcome: EngineOutcome, place: { readonly on: string; readonly todo: string }): Failure["problem"] {
  const message = first?.message ?? "";
  const [, word, what = "", on = place.on, todo = place.todo] = ownRefusal.exec(message) ?? [];
  const code = ownCodes.find((known) => known === word);
  if (code !== undefined) return { code, what, on, todo };
  const ended = halfWay.exec(message)?.[1];
  if (ended !== undefined) return { code: "PROGRAM_INCOMPLETE", what: ended, ...place };
  const kept = ofProtection(message.trim(), place.on);
  if (kept !== undefined) return kept;
  return { code: "PROGRAM_FAILED", what: wordsOf(first, outcome), ...place };
}

function wordsOf(first: Diagnostic | undefined, outcome: EngineOutcome): string {
  return linesOf(first?.message ?? "")[0]?.trim() ?? `the engine ended as ${outcome.result}`;
}

/** What to publish of a run of one stack that did not succeed: the first error, its source line, its resource, the last lines of its log. */
export function failureOf(
  problem: Problem | undefined,
  outcome: EngineOutcome | undefined,
  place: { readonly on: string; readonly todo: string },
): Failure | undefined {
  if (outcome === undefined || outcome.result === "succeeded") return problem === undefined ? undefined : { problem, log: [] };
  const first = firstError(outcome);
  const resource = resourceOf(first?.urn);
  return {
    problem: problem ?? named(first, outcome, place),
    ...(first?.source === undefined ? {} : { source: first.source }),
    ...(resource === undefined ? {} : { resource }),
    log: outcome.changes.diagnostics.flatMap((one) => linesOf(one.message)).slice(-shownLines),
  };
}
