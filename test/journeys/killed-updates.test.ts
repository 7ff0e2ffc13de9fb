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

  test("of an object that cannot be read: only a person knows, and what one says ends it", async () => {
    const home = await newHome(single("", 'rollback: "forward-only",'));
    const urn = "urn:pulumi:dev.machines::small::aws:iam/role:Role::role";
    try {
      await killedUpdate(home, role("role", "one"), role("role", "two"));
      home.cloud.fault.add({ kind: "fail-before", op: "read", urn, message: "AccessDenied" });
      const refused = await home.run(["apply", "dev"]);
      expect([refused.exit, refused.lines]).toEqual([
        13,
        [
          expect.stringMatching(`^PENDING_OPERATIONS: 1 operation never ended: updating ${urn}; .*it could not be read: .*AccessDenied`),
          "on dev.machines",
          expect.stringContaining(
            `If it exists: trueup recover dev machines --exists '${urn}=the-role'. If it does not: trueup recover dev machines --absent '${urn}'.`,
          ),
        ],
      ]);
      const told = await home.run(["recover", "dev", "--explain"]);
      expect([told.exit, told.out]).toEqual([13, expect.stringMatching(/machines: updating aws:iam\/role:Role role: .* → left to a person/)]);
      const other = await home.run(["recover", "dev", "machines", "--exists", `${urn}=other`]);
      expect([other.exit, other.lines[0]]).toEqual([13, expect.stringContaining("a person says that it is other, but the state has it as the-role")]);
      const said = await home.run(["recover", "dev", "machines", "--exists", `${urn}=the-role`]);
      expect([said.exit, said.out]).toEqual([0, expect.stringContaining("a person says that the-role is there → left as the state has it")]);
      expect((await stateOf(home, "dev.machines"))?.pending).toBe(0);
      home.cloud.fault.clear();
      expect((await home.run(["apply", "dev"])).exit).toBe(0);
      expect([roles(home), await results(home)]).toEqual([[["the-role", "two"]], { machines: "good" }]);
      expect((await home.run(["drift", "dev"])).exit).toBe(0);
    } finally {
      await home.remove();
    }
  });

  test("of an object that is gone and cannot be asked for: a person's word takes it out of the state, and it is made again with what rests on it", async () => {
    const home = await newHome(single("", 'rollback: "forward-only",'));
    const urn = "urn:pulumi:dev.machines::small::aws:iam/role:Role::role";
    const attached = `new aws.iam.RolePolicyAttachment("attached", { role: of.name, policyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" });
    `;
    const both = (description: string): string => `const of = ${role("role", description)}${attached}`;
    try {
      await killedUpdate(home, both("one"), both("two"));
      home.cloud.delete("the-role");
      home.cloud.fault.add({ kind: "fail-before", op: "read", urn, message: "AccessDenied" });
      expect((await home.run(["apply", "dev"])).exit).toBe(13);
      const said = await home.run(["recover", "dev", "machines", "--absent", urn]);
      expect([said.exit, said.out]).toEqual([0, expect.stringContaining("a person looked and says that it is not there → taken out of the state")]);
      home.cloud.fault.clear();
      expect((await home.run(["apply", "dev"])).exit).toBe(0);
      expect([roles(home), await results(home), (await stateOf(home, "dev.machines"))?.pending]).toEqual([[["the-role", "two"]], { machines: "good" }, 0]);
    } finally {
      await home.remove();
    }
  });
});
