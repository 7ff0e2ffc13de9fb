import type { Operation } from "../../domain/changes/index.ts";
import type { Step } from "./collect.ts";
import type { StepMetadata } from "./event.ts";

/** The engine's step names as the operations people talk about; a replacement is three steps for one resource. */
const operations: Readonly<Record<string, Operation>> = {
  create: "create",
  update: "update",
  delete: "delete",
  import: "import",
  read: "read",
  replace: "replace",
  "create-replacement": "replace",
  "delete-replaced": "replace",
  "import-replacement": "replace",
  "read-replacement": "read",
  // Somebody else's object, read no more: the state forgets it, and nothing is deleted.
  discard: "read",
  "discard-replaced": "read",
};

/** Steps after which nothing of theirs is left. A refresh only looks: it says nothing of what the program wants. */
const leaving: ReadonlySet<string> = new Set(["refresh", "delete", "delete-replaced", "remove-pending-replace", "discard", "discard-replaced"]);

/** Where one resource has several operations in a run, the greatest of this order is what happens to it. */
const order: readonly Operation[] = ["read", "update", "delete", "create", "import", "replace"];

/** How much a step tells about the replacement: the one that has both states first. */
const telling = ["replace", "create-replacement", "import-replacement"];

export interface Planned {
  readonly operation: Operation;
  readonly step: StepMetadata;
  /** Nothing was done: a preview says it. */
  readonly planning: boolean;
  /** The id of what was made. The step that tells most of a replacement has none where the old one is deleted first. */
  readonly made?: string | undefined;
  /** What it is from now on was there before. */
  readonly imported?: boolean;
  /** Nobody could tell what becomes of it: it may stay, change, or be replaced. */
  readonly isUndiffed?: boolean;
}

const importing: ReadonlySet<string> = new Set(["import", "import-replacement"]);
const making: ReadonlySet<string> = new Set(["create", "create-replacement", ...importing]);

export function nameOf(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}

/** The stack itself and providers that the engine made up are not the program's resources. */
export function isEngineOwn(step: StepMetadata): boolean {
  return step.type === "pulumi:pulumi:Stack" || (step.type.startsWith("pulumi:providers:") && /^default(_|$)/.test(nameOf(step.urn)));
}

function better(before: Planned | undefined, next: Planned): boolean {
  if (before === undefined) return true;
  if (before.operation === next.operation) return next.operation !== "replace" || rank(next.step.op) >= rank(before.step.op);
  return order.indexOf(next.operation) > order.indexOf(before.operation);
}

function rank(op: string): number {
  return telling.length - (telling.includes(op) ? telling.indexOf(op) : telling.length);
}

function madeIds(steps: readonly Step[]): ReadonlyMap<string, string> {
  const made = new Map<string, string>();
  for (const { phase, isHalf = false, planning, metadata } of steps) {
    const id = metadata.new?.id ?? "";
    if ((phase === "done" || isHalf) && !planning && making.has(metadata.op) && id !== "") made.set(metadata.urn, id);
  }
  return made;
}

/**
 * Urns of which a cut-off replacement left the older object, and of which nothing is left when that goes: the newer one goes too, or is gone. The engine
 * calls the older one's end "delete-replaced" all the same.
 */
function endingWithRest(steps: readonly Step[]): ReadonlySet<string> {
  const rest = steps.filter(({ metadata }) => metadata.op === "delete-replaced" && metadata.old?.delete === true);
  const staying = new Set(steps.filter(({ metadata }) => !leaving.has(metadata.op)).map(({ metadata }) => metadata.urn));
  return new Set(rest.map(({ metadata }) => metadata.urn).filter((urn) => !staying.has(urn)));
}

/**
 * Urns of which there was no object when the run began: the older one was deleted already, for one that was then not made. What the engine calls a
 * replacement makes them and costs nothing.
 */
function madeAnew(steps: readonly Step[], freed: ReadonlySet<string>): ReadonlySet<string> {
  const replaced = steps.flatMap(({ metadata: { op, urn, old } }) =>
    operations[op] === "replace" ? [{ urn, isFreed: freed.has(`${urn} ${old?.id ?? ""}`) }] : [],
  );
  const lost = new Set(replaced.flatMap(({ urn, isFreed }) => (isFreed ? [] : [urn])));
  return new Set(replaced.map(({ urn }) => urn).filter((urn) => !lost.has(urn)));
}

const importedIn = (steps: readonly Step[]): ReadonlySet<string> =>
  new Set(steps.flatMap(({ metadata }) => (importing.has(metadata.op) ? [metadata.urn] : [])));

/** What an engine calls an update because its provider could not be asked may as well be a replacement: guards count the worst that it can be. */
function worst({ operation, step, planning }: Planned, undiffed: ReadonlySet<string>): Partial<Planned> {
  return planning && operation === "update" && undiffed.has(step.urn) ? { operation: "replace", isUndiffed: true } : {};
}

/** What is known of a run besides its steps. */
export interface Around {
  /** `URN id` of what was deleted before the run began, for another one to take its place. */
  readonly freed: ReadonlySet<string>;
  /** As in `Collected`. */
  readonly undiffed: ReadonlySet<string>;
}

/** One entry per resource, in the order in which the engine first spoke of it. Previews: what is planned; real runs: what was done, also by half. */
export function plannedOf(steps: readonly Step[], { freed, undiffed }: Around): { readonly changed: readonly Planned[]; readonly unchanged: number } {
  const changed = new Map<string, Planned>();
  const same = new Set<string>();
  for (const { phase, isHalf = false, planning, metadata } of steps) {
    if ((phase === "failed" && !isHalf) || (phase === "started" && !planning) || isEngineOwn(metadata)) continue;
    if (metadata.op === "same") same.add(metadata.urn);
    const operation = operations[metadata.op];
    if (operation === undefined) continue;
    const next = { operation, step: metadata, planning };
    const before = changed.get(metadata.urn);
    if (better(before, next)) changed.set(metadata.urn, next);
  }
  for (const urn of changed.keys()) same.delete(urn);
  const made = madeIds(steps);
  const [ending, imported, anew] = [endingWithRest(steps), importedIn(steps), madeAnew(steps, freed)];
  const all = [...changed].map(([urn, planned]) => ({
    ...planned,
    ...worst(planned, undiffed),
    ...(ending.has(urn) ? { operation: "delete" as const } : {}),
    ...(anew.has(urn) ? { operation: imported.has(urn) ? ("import" as const) : ("create" as const), step: { ...planned.step, old: null } } : {}),
    made: made.get(urn),
    imported: imported.has(urn),
  }));
  return { changed: all, unchanged: same.size };
}
