import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { appStack, baseStack, environmentFile } from "./estate-files.ts";
import { threeLines } from "./refusal.ts";
import { copyWorld, facts, merge, processesOf, removeWorld, trueup, type Facts, type World } from "./world.ts";

/** Replaces what both stacks have made. */
export const changed = environmentFile(`${baseStack.replace("8", "9")}\n    ${appStack}`);

/** Names of the stacks that the cloud's ledger says were changed since. */
export function movedStacks(before: Facts, after: Facts): string[] {
  const since = after.cloud.slice(before.cloud.length).map((line) => (JSON.parse(line) as { readonly urn: string }).urn);
  return [...new Set(since.map((urn) => urn.split("::")[0]?.split(".").at(-1) ?? ""))].sort();
}

/** Objects of the cloud that live, per urn. */
export function living(all: Facts): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const line of all.cloud) {
    const { urn, op } = JSON.parse(line) as { readonly urn: string; readonly op: string };
    counts[urn] = (counts[urn] ?? 0) + (op === "create" ? 1 : op === "delete" ? -1 : 0);
  }
  return counts;
}

/** No process, lease or half of a push; what is there now. */
export async function expectNothingLeft(world: World, before: Facts): Promise<Facts> {
  const after = await facts(world);
  expect(await processesOf(world)).toEqual([]);
  expect({ refs: after.refs, workTree: after.workTree, lease: after.record?.lease }).toEqual({ refs: before.refs, workTree: before.workTree, lease: null });
  return after;
}

export async function withCopy(applied: World, work: (world: World) => Promise<void>): Promise<void> {
  const world = await copyWorld(applied);
  try {
    await work(world);
  } finally {
    await removeWorld(world);
  }
}

/** What only shows once the stack before it is applied. */
export function refusedMidway(applied: () => World, skipped: string): void {
  describe.skipIf(skipped !== "")(`an apply that is refused midway${skipped}`, () => {
    it("takes back what moved before, and stays frozen where what reads it would lose what is older; it says both, and names the states", async () =>
      withCopy(applied(), async (world) => {
        const app = await readFile(join(world.clone, "stacks/app/index.ts"), "utf8");
        // Only with the real name, which is known once base is applied.
        const picky = app.replace(
          '.output("name");',
          '.output("name").apply((text) => { if (text.length === 9) throw new Error("nine is too many"); return text; });',
        );
        expect(picky).not.toBe(app);
        await merge(world, { "environments/dev/environment.ts": changed, "stacks/app/index.ts": picky });
        const before = await facts(world);
        const ended = await trueup(world, ["apply", "dev"]);
        const said = threeLines(ended, "ROLLBACK_FAILED");
        expect(said).toMatch(
          /nine is too many[^\n]*; and it could not be rolled back: going back would replace \S+ pet: it is older[^\n]*\non dev\.app, back to [0-9a-f]{7}\n.*base: \S+.*trueup thaw dev/,
        );
        const after = await expectNothingLeft(world, before);
        expect(movedStacks(before, after)).toEqual(["base"]);
        expect(Object.values(living(after))).toEqual([1, 1]);
        expect(threeLines(await trueup(world, ["apply", "dev"]), "HELD")).toMatch(/is what failed in run[^]*\n.*It is frozen: .*trueup thaw dev/);
      }));
  });
}
