import type { StackRecord } from "./schema.ts";

/** A rebuild that died before it had taken in what still exists: any other run would make that a second time. */
export function isHalfRebuilt(record: StackRecord | undefined): boolean {
  return record?.rebuild !== undefined && record.rebuild.run === record.run && !record.rebuild.isWhole;
}
