import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import type { Engine, StackSite } from "../../src/adapters/engine/index.ts";
import { prepareSites, readRevision } from "../../src/workflows/estate/index.ts";
import { engine, isFull, newHome, type Home } from "./estate.ts";
import { cloudLines, record, results, runs, stateOf } from "./evidence.ts";
import { acting, killEngine, until } from "./killing.ts";
import { single } from "./single.ts";

vi.setConfig({ testTimeout: 200_000 });

const creates = async (home: Home): Promise<readonly string[]> => (await cloudLines(home)).filter(({ op }) => op === "create").map(({ phase }) => phase);
const begun = (home: Home): Promise<true> => until("the create", async () => ((await creates(home)).includes("begin") ? true : undefined));

async function locks(home: Home): Promise<readonly string[]> {
  const names = await readdir(join(home.clone, ".trueup/state/.pulumi/locks"), { recursive: true }).catch(() => [] as string[]);
  return names.filter((name) => name.endsWith(".json"));
}

/** The engine and the place of the stack as an apply has them, without what stands before it. */
async function ungated(home: Home): Promise<{ readonly engine: Engine; readonly site: StackSite }> {
  const estate = await home.open();
  await estate.repository.fetch();
  const revision = await readRevision(estate, await home.git("rev-parse", "env/dev"), "dev");
  const [stack] = revision.environment.stacks;
  if (stack === undefined) throw new Error("nothing is declared");
  const sites = await prepareSites(estate, revision, [stack]);
  return { engine: await estate.engine(revision.environment), site: await sites.site(stack) };
}

const role = (path: string): string => `new aws.iam.Role("role", { name: "the-role", path: "/${path}/", assumeRolePolicy: "{}" });
    `;

/** An engine that is killed in the middle of a creation: the next apply finds out how that ended, and finishes. */
describe.skipIf(engine === undefined)("kill -9 in the middle of a create", () => {
  test.skipIf(!isFull)("of the engine, when the cloud makes the object all the same: the next apply takes it in and makes no second one", async () => {
    const home = await newHome(single(""));
    try {
      home.cloud.fault.add({ kind: "latency", latencyMs: 20_000, op: "create" });
      const applying = home.run(["apply", "dev"]);
      await begun(home);
      const [session = 0] = await acting(home);
      expect((await locks(home)).length).toBe(1);
      killEngine(session);
      const failed = await applying;
      expect([failed.exit, (await results(home))["machines"]]).toEqual([1, "failed"]);
      // The engine's own lock went with it; what it had asked for was made.
      expect([await locks(home), await creates(home), (await stateOf(home, "dev.machines"))?.pending]).toEqual([[], ["begin", "commit"], 1]);
      home.cloud.fault.clear();
      const next = await home.run(["apply", "dev"]);
      expect([next.exit, next.err]).toEqual([0, expect.stringContaining("taken into the state as vpc-")]);
      expect([await creates(home), await results(home), (await stateOf(home, "dev.machines"))?.pending]).toEqual([
        ["begin", "commit"],
        { machines: "good" },
        0,
      ]);
      expect((await runs(home)).at(-1)).toMatchObject({ result: "good", recovered: [{ stack: "machines", operation: "creating", kind: "adopt" }] });
    } finally {
      await home.remove();
    }
  });

  test.skipIf(!isFull)(
    "of the engine, after it deleted the object whose name the new one has: what the cloud made is taken in, and nothing is made again",
    async () => {
      const home = await newHome(single(""));
      try {
        await home.land("one", { "stacks/machines/index.ts": (text) => text.replace("return { vpcId", `${role("one")}return { vpcId`) });
        expect((await home.run(["apply", "dev"])).exit).toBe(0);
        await home.land("two", { "stacks/machines/index.ts": (text) => text.replace(role("one"), role("two")) });
        home.cloud.fault.add({ kind: "latency", latencyMs: 20_000, op: "create" });
        const from = (await creates(home)).length;
        const applying = home.run(["apply", "dev"]);
        await until("the second role", async () => ((await creates(home)).length > from ? true : undefined));
        killEngine((await acting(home)).at(-1) ?? 0);
        home.cloud.fault.clear();
        expect((await applying).exit).toBe(1);
        const made = await creates(home);
        const next = await home.run(["apply", "dev"]);
        expect([next.exit, next.err]).toEqual([0, expect.stringMatching(/role: the cloud's list says that it made the-role → taken into the state/)]);
        expect(home.cloud.list({ type: "aws:iam/role:Role" }).map(({ id, inputs }) => [id, inputs["path"]])).toEqual([["the-role", "/two/"]]);
        expect([await creates(home), await results(home), (await stateOf(home, "dev.machines"))?.pending]).toEqual([made, { machines: "good" }, 0]);
      } finally {
        await home.remove();
      }
    },
  );

  test.skipIf(!isFull)(
    "of the engine, while it deletes an object for one of the same name, on which others rest: the next apply goes on, and each is there once",
    async () => {
      const home = await newHome(single(""));
      const rests = `new aws.iam.RolePolicyAttachment("attached", { role: of.name, policyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" });
    new aws.ssm.Parameter("told", { name: "/told", type: "String", value: of.arn });
    `;
      const both = (path: string): string => `const of = ${role(path)}${rests}`;
      try {
        await home.land("one", { "stacks/machines/index.ts": (text) => text.replace("return { vpcId", `${both("one")}return { vpcId`) });
        expect((await home.run(["apply", "dev"])).exit).toBe(0);
        await home.land("two", { "stacks/machines/index.ts": (text) => text.replace(both("one"), both("two")) });
        home.cloud.fault.add({ kind: "latency", latencyMs: 20_000, op: "delete", type: "aws:iam/role:Role" });
        const applying = home.run(["apply", "dev"]);
        const deletes = async (): Promise<readonly string[]> =>
          (await cloudLines(home)).filter(({ op, type }) => op === "delete" && type === "aws:iam/role:Role").map(({ phase }) => phase);
        await until("the role's end", async () => ((await deletes()).includes("begin") ? true : undefined));
        killEngine((await acting(home)).at(-1) ?? 0);
        home.cloud.fault.clear();
        expect((await applying).exit).toBe(1);
        await until("the role is gone", async () => ((await deletes()).includes("commit") ? true : undefined));
        expect((await home.run(["apply", "dev"])).exit).toBe(0);
        expect(home.cloud.list({ type: "aws:iam/role:Role" }).map(({ id, inputs }) => [id, inputs["path"]])).toEqual([["the-role", "/two/"]]);
        const left = ["aws:iam/rolePolicyAttachment:RolePolicyAttachment", "aws:ssm/parameter:Parameter"].map((type) => home.cloud.list({ type }).length);
        expect([left, await results(home), (await stateOf(home, "dev.machines"))?.pending]).toEqual([[1, 1], { machines: "good" }, 0]);
        expect((await home.run(["drift", "dev"])).exit).toBe(0);
      } finally {
        await home.remove();
      }
    },
  );

  test.skipIf(!isFull)("of the engine, while it deletes an object and the one that it replaced: the next apply finds out about both", async () => {
    const home = await newHome(single("guards: { maxDestroy: { count: 9, percent: 100 } },", 'rollback: "forward-only",'));
    const vpc = (shape: number): string => `const older = new aws.ec2.Vpc("older", { cidrBlock: "10.${shape}.0.0/16" });\n    `;
    const last = 'new aws.ec2.Vpc("last", { cidrBlock: "10.9.0.0/16" }, { dependsOn: [older] });\n    ';
    const program = (from: string, to: string) => ({
      "stacks/machines/index.ts": (text: string) => text.replace(`${from}return { vpcId`, `${to}return { vpcId`),
    });
    const older = (): readonly string[] => home.cloud.list().flatMap(({ createdBy, id }) => (createdBy.endsWith("::older") ? [id] : []));
    try {
      await home.land("one", program("", vpc(1)));
      expect((await home.run(["apply", "dev"])).exit).toBe(0);
      await home.land("two", program(vpc(1), `${vpc(2)}${last}`));
      home.cloud.fault.add({ kind: "fail-before", op: "create", urn: "*::last", times: 1 });
      expect([(await home.run(["apply", "dev"])).exit, older().length]).toEqual([15, 2]);
      expect((await home.run(["thaw", "dev", "--reason", "it may go"])).exit).toBe(0);
      await home.land("none", program(`${vpc(2)}${last}`, ""));
      home.cloud.fault.add({ kind: "latency", latencyMs: 10_000, op: "delete", urn: "*::older" });
      const applying = home.run(["apply", "dev"]);
      const phases = async (phase: string): Promise<number> => (await cloudLines(home)).filter((one) => one.op === "delete" && one.phase === phase).length;
      await until("both deletions", async () => ((await phases("begin")) === 2 ? true : undefined));
      killEngine((await acting(home)).at(-1) ?? 0);
      await applying;
      expect((await stateOf(home, "dev.machines"))?.pending).toBe(2);
      home.cloud.fault.clear();
      await until("their ends", async () => ((await phases("commit")) === 2 ? true : undefined));
      await home.run(["thaw", "dev", "--reason", "it was killed"]);
      await home.run(["retry", "dev", "--reason", "it was killed"]);
      const next = await home.run(["apply", "dev"]);
      expect([next.exit, older(), await results(home), (await stateOf(home, "dev.machines"))?.pending]).toEqual([0, [], { machines: "good" }, 0]);
    } finally {
      await home.remove();
    }
  });

  test("of the runner, when the cloud makes nothing: the next apply takes lease and lock over, and makes it once", async () => {
    const home = await newHome(single(""));
    try {
      home.cloud.fault.add({ kind: "hang", op: "create" });
      let pid = 0;
      const applying = home.run(["apply", "dev"], { onPid: (id) => (pid = id) });
      await begun(home);
      process.kill(pid, "SIGKILL");
      expect((await applying).exit).toBeUndefined();
      home.cloud.fault.clear();
      const next = await home.run(["apply", "dev"]);
      expect([next.exit, next.err]).toEqual([
        0,
        expect.stringMatching(
          /took the lease over[\s\S]*lock \S+: its engine, process \d+ on \S+, is dead → removed[\s\S]*has nothing that it made → forgotten/,
        ),
      ]);
      expect([(await creates(home)).filter((phase) => phase === "commit").length, await results(home), await locks(home)]).toEqual([
        1,
        { machines: "good" },
        [],
      ]);
      expect([(await record(home)).lease, await home.sessions()]).toEqual([null, ""]);
    } finally {
      await home.remove();
    }
  });

  // The slice has it in the simulation's control of the gate.
  test.skipIf(!isFull)("control: without the gate the engine makes the object a second time", async () => {
    const home = await newHome(single(""));
    try {
      home.cloud.fault.add({ kind: "latency", latencyMs: 20_000, op: "create" });
      const applying = home.run(["apply", "dev"]);
      await begun(home);
      killEngine((await acting(home))[0] ?? 0);
      await applying;
      home.cloud.fault.clear();
      const { engine: bare, site } = await ungated(home);
      const up = await bare.up(site, { refresh: false, deadlineMs: 60_000 });
      expect([up.result, (await creates(home)).filter((phase) => phase === "commit").length]).toEqual(["succeeded", 2]);
    } finally {
      await home.remove();
    }
  });

  test.skipIf(!isFull)(
    "of the runner while it puts a lost object back: the next look says that it never ended, and the next apply takes the new one in and makes no other",
    async () => {
      const home = await newHome(single(""));
      try {
        expect((await home.run(["apply", "dev"])).exit).toBe(0);
        const [lost] = home.cloud.list().filter(({ createdBy }) => createdBy.includes("::main"));
        home.cloud.delete(lost?.id ?? "");
        const before = (await creates(home)).length;
        home.cloud.fault.add({ kind: "latency", latencyMs: 20_000, op: "create" });
        let pid = 0;
        const repairing = home.run(["drift", "dev", "--fix"], { onPid: (id) => (pid = id) });
        await until("the create", async () => ((await creates(home)).length > before ? true : undefined));
        process.kill(pid, "SIGKILL");
        const [session = 0] = await acting(home);
        killEngine(session);
        await repairing;
        home.cloud.fault.clear();
        const looked = await home.run(["drift", "dev", "--fix"]);
        expect([looked.exit, looked.lines[0]]).toEqual([13, expect.stringMatching(/^PENDING_OPERATIONS: creating .*::main has not ended/)]);
        const next = await home.run(["apply", "dev"]);
        expect([next.exit, next.err]).toEqual([0, expect.stringMatching(/took the lease over[\s\S]*taken into the state as vpc-/)]);
        expect((await home.run(["drift", "dev"])).exit).toBe(0);
        expect([(await creates(home)).slice(before), (await stateOf(home, "dev.machines"))?.pending, await locks(home)]).toEqual([["begin", "commit"], 0, []]);
        expect([(await record(home)).lease, await home.sessions()]).toEqual([null, ""]);
      } finally {
        await home.remove();
      }
    },
  );

  test.skipIf(!isFull)("a person's lock is shown, waited for as long as asked, and never broken", async () => {
    const home = await newHome(single(""));
    try {
      expect((await home.run(["apply", "dev"])).exit).toBe(0);
      const folder = join(home.clone, ".trueup/state/.pulumi/locks/organization/small/dev.machines");
      const name = "11111111-2222-4333-8444-555555555555.json";
      await writeFile(join(folder, name), JSON.stringify({ pid: process.pid, username: "bob", hostname: "laptop", timestamp: new Date().toISOString() }));
      const refused = await home.run(["apply", "dev", "--all"]);
      expect([refused.exit, refused.lines[0]]).toEqual([10, expect.stringMatching(/^STATE_LOCKED: the stack's state is locked by bob@laptop \(pid \d+\)/)]);
      expect(await locks(home)).toEqual([expect.stringContaining(name)]);
      let said = "";
      const waited = home.run(["apply", "dev", "--all", "--wait", "1"], { onErr: (text) => (said += text) });
      await until("the waiting", async () => (said.includes("waiting at most 1 min for bob@laptop") ? true : undefined));
      await rm(join(folder, name));
      const done = await waited;
      expect(done.exit).toBe(0);
      // Control: what knows no owners breaks it.
      await writeFile(join(folder, name), JSON.stringify({ pid: 4242, username: "bob", hostname: "laptop", timestamp: new Date().toISOString() }));
      const { engine: bare, site } = await ungated(home);
      await bare.cancel(site);
      expect(await locks(home)).toEqual([]);
    } finally {
      await home.remove();
    }
  });
});
