import { createHash } from "node:crypto";
import { z } from "zod";
import { Problem } from "../../base/problem/index.ts";
import { onStack } from "./problems.ts";
import type { PendingOperation, StackSite, StateSummary } from "./port.ts";
import { repositoryPosition } from "./source-position.ts";
import { isBag, isSecret } from "./wire.ts";

const stateResource = z.looseObject({
  urn: z.string(),
  type: z.string(),
  custom: z.boolean().optional(),
  id: z.string().optional(),
  protect: z.boolean().optional(),
  retainOnDelete: z.boolean().optional(),
  deletedWith: z.string().optional(),
  ignoreChanges: z.array(z.string()).nullish(),
  pendingReplacement: z.boolean().optional(),
  external: z.boolean().optional(),
  created: z.string().optional(),
  modified: z.string().optional(),
  importID: z.string().optional(),
  delete: z.boolean().optional(),
  aliases: z.array(z.string()).nullish(),
  sourcePosition: z.string().optional(),
  stackTrace: z.array(z.looseObject({ sourcePosition: z.string().optional() })).nullish(),
  inputs: z.record(z.string(), z.unknown()).nullish(),
  outputs: z.record(z.string(), z.unknown()).nullish(),
});

const exported = z.looseObject({
  version: z.number().int(),
  deployment: z
    .looseObject({
      secrets_providers: z.looseObject({ type: z.string().optional(), state: z.looseObject({ salt: z.string().optional() }).nullish() }).nullish(),
      resources: z.array(stateResource).nullish(),
      pending_operations: z.array(z.looseObject({ type: z.string(), resource: stateResource })).nullish(),
    })
    .nullish(),
});

export type Exported = z.infer<typeof exported>;

/** The reader of `stack export`. Raises STATE_CORRUPTED. */
export function readExport(text: string, site: StackSite): Exported {
  let why: string;
  try {
    const read = exported.safeParse(JSON.parse(text));
    if (read.success) return read.data;
    why = read.error.issues[0]?.message ?? "unknown shape";
  } catch {
    why = "not JSON";
  }
  throw new Problem("STATE_CORRUPTED", {
    what: `the stack's recorded state cannot be read: ${why}`,
    on: onStack(site),
    todo: `Restore the newest good export: pulumi stack import -s ${site.pulumiStack} --file EXPORT`,
  });
}

function sorted(_: string, value: unknown): unknown {
  return isBag(value) ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))) : value;
}

/** Equal for equal states: keys sorted, without the manifest, whose time changes with every save. */
export function digestOf(state: Exported): string {
  const { manifest: _, ...rest } = (state.deployment ?? {}) as Record<string, unknown>;
  return createHash("sha256").update(JSON.stringify(rest, sorted)).digest("hex");
}

/** Equal where of each resource the same may be done. The engine writes that down without telling that it changes. */
function optionsOf(resources: readonly StateResource[]): string {
  const all = resources.flatMap(({ urn, protect = false, retainOnDelete = false, deletedWith = "", ignoreChanges }) =>
    protect || retainOnDelete || deletedWith !== "" || (ignoreChanges ?? []).length > 0
      ? [JSON.stringify([urn, protect, retainOnDelete, deletedWith, ignoreChanges ?? []])]
      : [],
  );
  return createHash("sha256").update(all.toSorted().join("\n")).digest("hex");
}

/** Of a stack that the backend does not have. */
export const absentState: StateSummary = { exists: false, digest: "", options: optionsOf([]), resources: [], freed: [], pending: [], deployment: "" };

/** Secrets are left out, also those inside of a value: what is known of names is all that is asked for. */
function withoutSecrets(value: unknown): unknown {
  if (isSecret(value)) return undefined;
  if (Array.isArray(value)) return value.map(withoutSecrets);
  return isBag(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutSecrets(item)])) : value;
}

type StateResource = z.infer<typeof stateResource>;

/** What was deleted already so that another one can take its place. */
export const isFreed = ({ pendingReplacement }: { readonly pendingReplacement?: boolean | undefined }): boolean => pendingReplacement === true;

/** `URN id` of each of those. */
export const freedIn = (state: Exported | undefined): ReadonlySet<string> =>
  new Set(state?.deployment?.resources?.flatMap((one) => (isFreed(one) ? [`${one.urn} ${one.id ?? ""}`] : [])));

const idsOf = (resources: readonly StateResource[]): readonly string[] => resources.flatMap(({ id }) => (id === undefined ? [] : [id]));

type Named = Pick<StateResource, "urn" | "aliases" | "delete" | "pendingReplacement">;

/**
 * The urn under which a state has what an operation was done to: its own, or, of an update, one that it had before. The engine notes an update under what
 * the program calls the resource now, and the resource itself is called that only when the update has ended. undefined: the state has nothing of it.
 */
export function recordOf({ type, resource }: { readonly type: string; readonly resource: Named }, resources: readonly Named[]): string | undefined {
  const living = new Set(resources.flatMap((one) => (one.delete === true || isFreed(one) ? [] : [one.urn])));
  const before = type === "updating" ? [resource.urn, ...(resource.aliases ?? [])].find((urn) => living.has(urn)) : undefined;
  return before ?? resources.find(({ urn }) => urn === resource.urn)?.urn;
}

/** Every operation that never ended, with what the state knows around it. */
function unfinishedIn({ deployment }: Exported): readonly PendingOperation[] {
  const resources = deployment?.resources ?? [];
  return (deployment?.pending_operations ?? []).map((pending) => {
    const { urn, type: kind, custom, inputs } = pending.resource;
    const recordedAs = recordOf(pending, resources);
    const own = resources.filter((one) => one.urn === recordedAs);
    return {
      urn,
      type: kind,
      isCustom: custom ?? true,
      operation: pending.type,
      recordedAs,
      inputs: withoutSecrets(inputs ?? {}) as Readonly<Record<string, unknown>>,
      known: idsOf(own.filter((one) => !isFreed(one))),
      freed: idsOf(own.filter(isFreed)),
    };
  });
}

export function summaryOf(state: Exported, raw: string): StateSummary {
  const all = state.deployment?.resources ?? [];
  return {
    exists: true,
    digest: digestOf(state),
    options: optionsOf(all.filter((one) => !isFreed(one))),
    resources: all
      .filter((one) => !isFreed(one))
      .map(({ urn, type, id, protect, external = false, created, modified, importID }) => ({
        urn,
        type,
        id: id ?? "",
        protected: protect ?? false,
        ...(external ? { isExternal: true as const } : {}),
        // What was imported was there before: the engine's time is that of the import.
        ...((importID ?? "") !== "" ? { isImported: true as const } : created === undefined ? {} : { createdAt: created }),
        ...(modified === undefined ? {} : { modifiedAt: modified }),
      })),
    freed: all.filter(isFreed).map(({ urn, type, id = "" }) => ({ urn, type, id })),
    pending: unfinishedIn(state),
    deployment: raw,
  };
}

export function saltOf(state: Exported | undefined): string | undefined {
  return state?.deployment?.secrets_providers?.state?.salt;
}

/** URN → `path:line` of the repository, for resources whose state says where the program declared them. */
export function sourcesOf(state: Exported | undefined, site: StackSite): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const folders = { repositoryRoot: site.repositoryRoot, project: site.directory };
  for (const { urn, sourcePosition, stackTrace } of state?.deployment?.resources ?? []) {
    // The SDK's own position may be inside a library: the nearest frame of the repository is where a person looks.
    const positions = [sourcePosition, ...(stackTrace ?? []).map((frame) => frame.sourcePosition)].filter((position) => position !== undefined);
    const place = positions.map((position) => repositoryPosition(position, folders)).find((short) => short !== undefined);
    if (place !== undefined) found.set(urn, place);
  }
  return found;
}

/** The stack's own outputs, as the engine records them. */
export function rawOutputs(state: Exported): Readonly<Record<string, unknown>> {
  return state.deployment?.resources?.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs ?? {};
}
