import { describe, expect, test, vi } from "vitest";
import { engine, isFull, newHome, type Home } from "./estate.ts";
import { cloudLines, results, runs, stateOf } from "./evidence.ts";
import { acting, killEngine, until } from "./killing.ts";
import { single } from "./single.ts";

vi.setConfig({ testTimeout: 200_000 });

const program = "stacks/machines/index.ts";
const role = (name: string, description: string, options = ""): string =>
  `new aws.iam.Role("${name}", { name: "the-role", description: "${description}", assumeRolePolicy: "{}" }${options});
    `;
const adds = (line: string) => ({ [program]: (text: string) => text.replace("return { vpcId", `${line}return { vpcId`) });
const turns = (from: string, to: string) => ({ [program]: (text: string) => text.replace(from, to) });

const roles = (home: Home): readonly unknown[] => home.cloud.list({ type: "aws:iam/role:Role" }).map(({ id, inputs }) => [id, inputs["description"]]);

/** The role as it was, a commit that changes it, and an engine that is killed while the cloud changes it. */
async function killedUpdate(home: Home, from: string, to: string): Promise<void> {
  await home.land("one", adds(from));
  expect((await home.run(["apply", "dev"])).exit).toBe(0);
  await home.land("two", turns(from, to));
  home.cloud.fault.add({ kind: "latency", latencyMs: 20_000, op: "update" });
  const applying = home.run(["apply", "dev"]);
  await until("the update", async () => ((await cloudLines(home)).some(({ op }) => op === "update") ? true : undefined));
  killEngine((await acting(home)).at(-1) ?? 0);
  home.cloud.fault.clear();
  expect([(await applying).exit, (await stateOf(home, "dev.machines"))?.pending]).toEqual([1, 1]);
}

/** An engine that is killed in the middle of an update of an object that the state has. */
describe.skipIf(engine === undefined || !isFull)("kill -9 in the middle of an update", () => {
  test("of an object that has another name in the program now: the next apply reads it by the name that the state has, and goes on", async () => {
    const home = await newHome(single("", 'rollback: "forward-only",'));
    try {
      await killedUpdate(home, role("role", "one"), role("renamed", "two", ', { aliases: [{ name: "role" }] }'));
      const next = await home.run(["apply", "dev"]);
      expect([next.exit, next.err]).toEqual([0, expect.stringMatching(/updating aws:iam\/role:Role renamed: .* → read anew/)]);
      expect([roles(home), await results(home), (await stateOf(home, "dev.machines"))?.pending]).toEqual([[["the-role", "two"]], { machines: "good" }, 0]);
      expect((await runs(home)).at(-1)).toMatchObject({ result: "good", recovered: [{ operation: "updating", kind: "reread" }] });
      expect((await home.run(["drift", "dev"])).exit).toBe(0);
    } finally {
      await home.remove();
    }
  });
});
