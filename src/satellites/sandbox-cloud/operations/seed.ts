import { join } from "node:path";
import { seedsOf } from "../answers/seeds.ts";
import type { Setting } from "../answers/place.ts";
import { readWhole, writeNew } from "../store/files.ts";
import { hex } from "../wire/digest.ts";
import type { Backing } from "./call.ts";

/**
 * Fills a new account or cluster with what it holds before anybody made anything. A mark is left when that is done, so that what is deleted by
 * hand stays deleted; a crash before the mark only seeds the rest again.
 */
export function ensureSeeded(backing: Backing, setting: Setting): void {
  if (setting.package !== "aws" && setting.package !== "kubernetes") return;
  const mark = join(backing.store, "seeded", `${setting.package}-${hex(16, setting.account, setting.region)}`);
  if (readWhole(mark) !== undefined) return;
  for (const object of seedsOf(backing.catalog, setting)) backing.objects.add(object);
  writeNew(mark, `${setting.account} ${setting.region}\n`);
}
