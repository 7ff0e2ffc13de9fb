import type { Scrubber } from "../../base/secret/index.ts";
import { isStateful, type ChangeSet, type DriftFinding, type PropertyChange, type ResourceChange } from "../../domain/changes/index.ts";
import type { Collected, Step } from "./collect.ts";
import { diagnosticsOf, policiesOf, type Wording } from "./diagnostics.ts";
import type { StepMetadata } from "./event.ts";
import { SecretMap } from "./leaks.ts";
import { bagChanges, differ, propertyChanges } from "./properties.ts";
import { isEngineOwn, nameOf, plannedOf, type Planned } from "./steps.ts";
import { isSecret } from "./wire.ts";

export interface Reading extends Wording {
  readonly stack: string;
  /** URN → `path:line`, from the state. */
  readonly sources: ReadonlyMap<string, string>;
  readonly isGuessed: (type: string, path: string) => boolean;
  /** `URN id` of what was deleted before this run began, for another one to take its place: of that nothing stays, whatever its record says. */
  readonly freed: ReadonlySet<string>;
}

/** Reads a run's events, first to last: what is secret anywhere must be known before anything is shown. */
export function readRun(collected: Collected, reading: Reading): { readonly changes: ChangeSet; readonly drift: readonly DriftFinding[] } {
  const secrets = new SecretMap();
  for (const { metadata } of collected.steps) secrets.see(metadata);
  for (const { metadata } of collected.steps) secrets.teach(metadata, reading.scrubber);
  const { changed, unchanged } = plannedOf(collected.steps, { freed: reading.freed, undiffed: collected.undiffed });
  const resources = changed.filter(({ step }) => step.type !== "pulumi:pulumi:StackReference").map((planned) => resourceChange(planned, secrets, reading));
  return {
    changes: {
      stack: reading.stack,
      resources,
      unchanged,
      policies: policiesOf(collected, reading),
      diagnostics: diagnosticsOf(collected, reading),
      ...outputsOf(collected.steps, resources.length > 0),
      reads: readsOf(collected.steps),
    },
    drift: driftOf(collected.steps, secrets, reading),
  };
}

/** Of what a run made. An id that is a secret, as some providers have them, is nobody's to know. */
function madeId({ step, made: id }: Planned, { scrubber }: Reading): { readonly id?: string } {
  return id !== undefined && !step.type.startsWith("pulumi:") && scrubber.scrub(id) === id ? { id } : {};
}

const loses: ReadonlySet<ResourceChange["operation"]> = new Set(["delete", "replace"]);

/** What there was before it, and what stays after it. */
function beside(
  { operation, step, imported = false, isUndiffed = false }: Planned,
  { freed }: Reading,
): Pick<ResourceChange, "imported" | "retained" | "undiffed"> {
  const retained = loses.has(operation) && step.old?.retainOnDelete === true && !freed.has(`${step.urn} ${step.old.id ?? ""}`);
  return {
    ...(imported ? { imported: true as const } : {}),
    ...(retained ? { retained: true as const } : {}),
    ...(isUndiffed ? { undiffed: true as const } : {}),
  };
}

/** Why a thing may be replaced of which nobody could tell: whoever manages it is not known yet. What the program says differently is shown beside it. */
function undiffedChanges({ urn, provider = "", old, new: fresh }: StepMetadata, secrets: SecretMap, { scrubber }: Reading): PropertyChange[] {
  const name = nameOf(provider.split("::").slice(0, -1).join("::"));
  const reason: PropertyChange = { path: "provider", before: { kind: "plain", value: name }, after: { kind: "unknown" }, replaces: true, guessed: true };
  const said = bagChanges({ before: old?.inputs ?? {}, after: fresh?.inputs ?? {} }, secrets.of(urn), scrubber);
  // What only the recorded side has may be what the provider itself filled in.
  return [reason, ...said.filter(({ after }) => after.kind !== "absent")];
}

function changesOf({ step, isUndiffed = false }: Planned, secrets: SecretMap, reading: Reading): PropertyChange[] {
  if (isUndiffed) return undiffedChanges(step, secrets, reading);
  const found = propertyChanges(step, secrets.of(step.urn), reading.scrubber);
  return found.map((change) => ({ ...change, guessed: change.replaces && reading.isGuessed(step.type, change.path) }));
}

function resourceChange(planned: Planned, secrets: SecretMap, reading: Reading): ResourceChange {
  const { operation, step } = planned;
  const source = reading.sources.get(step.urn) ?? reading.sources.get(step.old?.urn ?? "");
  const shows = operation !== "delete" && operation !== "read";
  return {
    urn: step.urn,
    type: step.type,
    name: nameOf(step.urn),
    operation,
    properties: shows ? changesOf(planned, secrets, reading) : [],
    protected: step.old?.protect ?? step.new?.protect ?? false,
    stateful: isStateful(step.type),
    ...(source === undefined ? {} : { source }),
    ...madeId(planned, reading),
    ...beside(planned, reading),
  };
}

/**
 * Output names whose value differs, turns secret or plain, or becomes unknown. Two masked values cannot be compared: they count as changed
 * exactly when a resource of the stack changes, and are named apart when none does.
 */
function outputsOf(steps: readonly Step[], resourcesChange: boolean): Pick<ChangeSet, "changedOutputs" | "maskedOutputs"> {
  const last = steps.findLast(({ phase, metadata }) => phase === "done" && metadata.type === "pulumi:pulumi:Stack" && metadata.op !== "refresh");
  if (last === undefined) return { changedOutputs: [] };
  const before = last.metadata.old?.outputs ?? {};
  const after = last.metadata.new?.outputs ?? {};
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const masked = names.filter((name) => isSecret(before[name]) && isSecret(after[name]));
  const changedOutputs = names.filter((name) => (masked.includes(name) ? resourcesChange : differ({ value: before[name] }, { value: after[name] })));
  return resourcesChange || masked.length === 0 ? { changedOutputs } : { changedOutputs, maskedOutputs: masked };
}

/** Full names of the stacks that were read through StackReferences. */
function readsOf(steps: readonly Step[]): string[] {
  const names = new Set<string>();
  for (const { metadata } of steps) {
    if (metadata.type !== "pulumi:pulumi:StackReference" || metadata.op === "refresh") continue;
    const name = metadata.new?.inputs["name"] ?? metadata.new?.outputs["name"];
    if (typeof name === "string") names.add(name);
  }
  return [...names];
}

function isReal(step: StepMetadata): boolean {
  return (step.old?.custom ?? step.new?.custom ?? false) && !step.type.startsWith("pulumi:") && !isEngineOwn(step);
}

const isDynamic = (type: string): boolean => type.startsWith("pulumi-nodejs:");
const refreshing = new Set(["refresh", "same", "update", "delete"]);
const putBack = new Set(["update", "create-replacement", "replace"]);

/**
 * What a refresh phase found: each custom resource's state against its live object. The phase is told by `op refresh` when it starts;
 * how it ends is named differently by preview, up and refresh. An object that differs where the program says nothing, or ignores it, is
 * output-only: no apply would change it.
 */
function driftOf(steps: readonly Step[], secrets: SecretMap, reading: Reading): DriftFinding[] {
  const open = new Set<string>();
  const found = new Map<string, DriftFinding>();
  for (const { phase, metadata } of steps) {
    // What was replaced and is only to be deleted has the urn of what took its place.
    if (metadata.old?.delete === true) continue;
    if (phase === "started" && metadata.op === "refresh") open.add(metadata.urn);
    if (!open.has(metadata.urn)) countPutBack(metadata, found);
    if (phase !== "done" || !open.has(metadata.urn) || !refreshing.has(metadata.op) || !isReal(metadata)) continue;
    open.delete(metadata.urn);
    const finding = driftOfStep(metadata, secrets, reading);
    if (finding !== undefined) found.set(metadata.urn, finding);
  }
  return [...found.values()];
}

/** What the plan puts back after the refresh was no noise, even where a dynamic provider could not name it. */
function countPutBack(step: StepMetadata, found: Map<string, DriftFinding>): void {
  const known = found.get(step.urn);
  if (known?.kind === "output-only" && isDynamic(step.type) && putBack.has(step.op)) found.set(step.urn, { ...known, kind: "changed" });
}

/** Dynamic providers never say what differs: the engine's own word "update" and the inputs it read must do. */
function unnamedInputs(step: StepMetadata, paths: ReturnType<SecretMap["of"]>, scrubber: Scrubber): ReturnType<typeof bagChanges> {
  if (step.op !== "update" || !isDynamic(step.type)) return [];
  return bagChanges({ before: step.old?.inputs ?? {}, after: step.new?.inputs ?? {} }, paths, scrubber);
}

function driftOfStep(step: StepMetadata, secrets: SecretMap, { stack, scrubber }: Reading): DriftFinding | undefined {
  const old = step.old ?? undefined;
  if (old === undefined) return undefined;
  const about = { stack, urn: step.urn, type: step.type, name: nameOf(step.urn), protected: old.protect ?? false, stateful: isStateful(step.type) };
  const live = step.new ?? undefined;
  if (live === undefined) return { ...about, kind: "gone", properties: [] };
  const paths = secrets.of(step.urn);
  const says = (step.diffs ?? []).length > 0 || Object.keys(step.detailedDiff ?? {}).length > 0;
  if (says) return { ...about, kind: "changed", properties: propertyChanges(step, paths, scrubber).map((change) => ({ ...change, replaces: false })) };
  const inputs = unnamedInputs(step, paths, scrubber);
  if (inputs.length > 0) return { ...about, kind: "changed", properties: inputs };
  const properties = bagChanges({ before: old.outputs, after: live.outputs }, paths, scrubber);
  return properties.length === 0 ? undefined : { ...about, kind: "output-only", properties };
}
