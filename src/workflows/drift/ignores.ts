import { isMeant, type DriftRule, type Meant } from "../../domain/changes/index.ts";
import type { StackDeclaration } from "../../domain/environments/index.ts";
import type { EnvironmentRecord, KeptIgnore } from "../ledger/index.ts";

/** A ledger is one file that every runner reads: whoever needs more has a rule to write into environment.ts. */
export const mostIgnores = 200;

export function ignoresOf({ drift }: Pick<EnvironmentRecord, "drift">): readonly KeptIgnore[] {
  return drift.ignores ?? [];
}

function ruleOf({ type, name, path, reason, until, urn, by }: KeptIgnore): DriftRule {
  return { type, name, path, reason, expires: until, urn, by };
}

/** Every rule of a stack: those of environment.ts first, then what people wrote into the ledger. Pure. */
export function rulesFor({ live }: { readonly live: Pick<EnvironmentRecord, "drift"> }, stack: StackDeclaration): readonly DriftRule[] {
  const own = ignoresOf(live).filter((one) => one.stack === stack.name);
  return [...stack.drift.ignore, ...own.map(ruleOf)];
}

/** Which rules of the ledger a person means. `path` left out: all of the resource. */
export interface IgnoreMeant extends Meant {
  readonly stack: string;
  readonly path?: string;
}

export function meantIgnores(record: Pick<EnvironmentRecord, "drift">, meant: IgnoreMeant): readonly KeptIgnore[] {
  return ignoresOf(record).filter((one) => one.stack === meant.stack && isMeant(meant, one) && (meant.path === undefined || meant.path === one.path));
}

function withIgnores(record: EnvironmentRecord, ignores: readonly KeptIgnore[]): EnvironmentRecord {
  return { ...record, drift: { ...record.drift, ignores: [...ignores] } };
}

/** The record with these; one of the same path is replaced, whoever set it: two ends for one path would be none. Pure. */
export function withMoreIgnores(record: EnvironmentRecord, more: readonly KeptIgnore[]): EnvironmentRecord {
  const isReplaced = (one: KeptIgnore): boolean => more.some(({ stack, urn, path }) => stack === one.stack && urn === one.urn && path === one.path);
  return withIgnores(record, [...ignoresOf(record).filter((one) => !isReplaced(one)), ...more]);
}

export function withoutIgnores(record: EnvironmentRecord, gone: readonly KeptIgnore[]): EnvironmentRecord {
  const ids = new Set(gone.map(({ id }) => id));
  return withIgnores(
    record,
    ignoresOf(record).filter(({ id }) => !ids.has(id)),
  );
}
