import type { DriftFinding, ResourceChange } from "../../../src/domain/changes/index.ts";
import { isStateful } from "../../../src/domain/changes/stateful.ts";
import type { State, Resource } from "./backend.ts";
import type { Thing } from "./cloud.ts";
import type { WouldMake } from "../../../src/adapters/engine/index.ts";
import { objectNamed } from "../../../src/domain/recovery/index.ts";
import { inputsOf, isThing, nameOf, scaffoldOf, type Declared } from "./model.ts";

/** One thing that a run of the engine does, as it plans it; `id`: of what it made. */
export type Step =
  | { readonly op: "create"; readonly declared: Declared; readonly id?: string }
  | { readonly op: "update"; readonly declared: Declared; readonly old: Resource }
  | { readonly op: "replace"; readonly declared: Declared; readonly old: Resource; readonly id?: string }
  | { readonly op: "delete"; readonly old: Resource };

export const urnOf = (step: Step): string => (step.op === "delete" ? step.old.urn : step.declared.urn);

/** What differs between what a program declares and a state. */
export function planned(declared: readonly Declared[], state: State): readonly Step[] {
  const steps: Step[] = [];
  for (const one of declared) {
    const old = state.resources.find(({ urn, delete: isGoing }) => urn === one.urn && isGoing !== true);
    const { shape, revision } = one.wanted;
    if (old === undefined) steps.push({ op: "create", declared: one });
    else if (old.pendingReplacement === true || old.outputs?.["shape"] !== shape || (one.on !== undefined && old.outputs["on"] !== one.on))
      steps.push({ op: "replace", declared: one, old });
    else if (old.outputs["revision"] !== revision || old.isHalf === true) steps.push({ op: "update", declared: one, old });
  }
  const urns = new Set(declared.map(({ urn }) => urn));
  for (const old of state.resources) if (isThing(old.type) && (old.delete === true || !urns.has(old.urn))) steps.push({ op: "delete", old });
  return steps;
}

/**
 * What of a stack's scaffold a state does not have, as the engine writes it down. Where only some targets are run the provider, which the engine has by
 * itself, comes with the stack.
 */
export function scaffolded(pulumiStack: string, state: State, targets?: readonly string[]): readonly Resource[] {
  const { root, provider } = scaffoldOf(pulumiStack);
  if (targets?.includes(root) === false) return [];
  const all: readonly Resource[] = [
    { urn: root, type: typeIn(root), inputs: {} },
    { urn: provider, type: typeIn(provider), id: `of ${pulumiStack}`, inputs: {} },
  ];
  return all.filter(({ urn }) => !state.resources.some((one) => one.urn === urn));
}

const typeIn = (urn: string): string => urn.split("::")[2] ?? "";

/** Everything that a run would create, the engine's own bookkeeping left out. */
export function makesOf(pulumiStack: string, steps: readonly Step[]): readonly WouldMake[] {
  const { root, provider } = scaffoldOf(pulumiStack);
  return steps.flatMap((step): WouldMake[] => {
    if (step.op !== "create") return [];
    const { urn, type } = step.declared;
    const named = objectNamed(
      type,
      inputsOf(step.declared, () => ""),
    );
    return [{ urn, type, isCustom: true, provider, parent: root, ...(named === undefined || named.isDrawn ? {} : { named: named.id }) }];
  });
}

/** The state as the cloud has it: what is gone is left out. */
export function refreshed(state: State, live: (id: string) => Thing | undefined, isRead: (urn: string) => boolean = () => true): State {
  const resources = state.resources.flatMap((one) => {
    if (!isThing(one.type) || !isRead(one.urn) || one.pendingReplacement === true) return [one];
    const thing = live(one.id ?? "");
    if (thing === undefined) return [];
    const { shape, revision } = one.outputs ?? {};
    const isSame = shape === thing.properties["shape"] && revision === thing.properties["revision"];
    // What is read by its id alone says itself what it was asked for.
    const isBlank = Object.keys(one.inputs).length === 0;
    const { isHalf = false, ...well } = one;
    if (isSame) return [isHalf ? well : one];
    return [{ ...well, ...(isBlank ? { inputs: thing.properties } : {}), outputs: thing.properties }];
  });
  const pending = state.pending.filter(({ type }) => type === "creating");
  const isSame =
    resources.length === state.resources.length && resources.every((one, at) => one === state.resources[at]) && pending.length === state.pending.length;
  return isSame ? state : { resources, pending };
}

/** What a reading of the cloud finds that the state does not say. */
export function driftOf(stack: string, state: State, live: (id: string) => Thing | undefined): readonly DriftFinding[] {
  return state.resources.flatMap(({ urn, type, id, outputs = {}, pendingReplacement = false }): DriftFinding[] => {
    if (!isThing(type) || pendingReplacement) return [];
    const thing = live(id ?? "");
    const about = { stack, urn, type, name: nameOf(urn), protected: false, stateful: isStateful(type) };
    if (thing === undefined) return [{ ...about, kind: "gone", properties: [] }];
    const paths = ["shape", "revision"].filter((path) => outputs[path] !== thing.properties[path]);
    const properties = paths.map((path) => ({ path, before: shown(outputs[path]), after: shown(thing.properties[path]), replaces: false, guessed: false }));
    return properties.length === 0 ? [] : [{ ...about, kind: "changed", properties }];
  });
}

const shown = (value: unknown): { readonly kind: "plain"; readonly value: number } | { readonly kind: "absent" } =>
  typeof value === "number" ? { kind: "plain", value } : { kind: "absent" };

const isFreed = (step: Step): boolean => step.op !== "create" && step.old.pendingReplacement === true;

/** What was deleted already, and is no longer wanted, is only taken out of the state: the engine does not tell that as a change. */
export const isForgetting = (step: Step): boolean => step.op === "delete" && isFreed(step);

/** The end of what was replaced is of the replacement; what makes again what was deleted already costs nothing. */
function operationOf(step: Step): ResourceChange["operation"] {
  if (step.op === "delete" && step.old.delete === true) return "replace";
  return step.op === "replace" && isFreed(step) ? "create" : step.op;
}

/** What the engine tells of its steps: one change for each urn; the end of what was replaced belongs to the replacement, or to the end of the new one. */
export function changesOf(steps: readonly Step[]): readonly ResourceChange[] {
  const byUrn = new Map<string, ResourceChange>();
  for (const change of steps.filter((step) => !isForgetting(step)).map(changeOf))
    if (byUrn.get(change.urn)?.operation !== "replace" || change.operation === "delete") byUrn.set(change.urn, change);
  return [...byUrn.values()];
}

function changeOf(step: Step): ResourceChange {
  const urn = urnOf(step);
  const type = step.op === "delete" ? step.old.type : step.declared.type;
  const before = step.op === "create" || isFreed(step) ? {} : (step.old.outputs ?? {});
  const after = step.op === "delete" ? {} : { shape: step.declared.wanted.shape, revision: step.declared.wanted.revision };
  const properties = (["shape", "revision"] as const)
    .filter((path) => before[path] !== (after as Record<string, unknown>)[path])
    .map((path) => ({ path, before: shown(before[path]), after: shown((after as Record<string, unknown>)[path]), replaces: path === "shape", guessed: false }));
  return {
    urn,
    type,
    name: nameOf(urn),
    operation: operationOf(step),
    ...("id" in step && step.id !== undefined ? { id: step.id } : {}),
    properties,
    protected: false,
    stateful: isStateful(type),
  };
}
