import type { ChangeSet } from "../../domain/changes/index.ts";
import { countOf } from "../../domain/reports/index.ts";
import { mostUrns, type ChangeCounts, type RunStack } from "./run-schema.ts";

function countsOf(changes: ChangeSet | undefined): ChangeCounts {
  const { create, update, replace, delete: deleted } = countOf(changes?.resources ?? []);
  const of = (operation: string): number => changes?.resources.filter((resource) => resource.operation === operation).length ?? 0;
  return { create, update, replace, delete: deleted, read: of("read"), import: of("import"), unchanged: changes?.unchanged ?? 0 };
}

/** What one engine run changed, in the words of a run's record: counts, and the first names. */
export function changesTold(changes: ChangeSet | undefined): Pick<RunStack, "changes" | "urns" | "urnsLeftOut"> {
  const resources = changes?.resources ?? [];
  return {
    changes: countsOf(changes),
    urns: resources.slice(0, mostUrns).map(({ urn, operation, id, imported, retained }) => ({
      urn,
      operation,
      ...(id === undefined ? {} : { id }),
      ...(imported === undefined ? {} : { imported }),
      ...(retained === undefined ? {} : { retained }),
    })),
    urnsLeftOut: Math.max(0, resources.length - mostUrns),
  };
}
