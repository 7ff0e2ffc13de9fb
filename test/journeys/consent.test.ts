import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Engine } from "../../src/adapters/engine/index.ts";
import { applyAndTell } from "../../src/workflows/conversation/index.ts";
import type { Estate } from "../../src/workflows/estate/index.ts";
import { engine, isFull, newHome, type Change, type Home } from "./estate.ts";
import { results, sentences } from "./evidence.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

const machines = `import { defineStack } from "trueup";
import { z } from "zod";

export default defineStack({ args: z.object({ zone: z.string() }), program: (args) => ({ zone: args.zone }) });
`;

/** A program that does not know in a preview what it will do: while its zone is not known it takes the one that it has always been in. */
const data = `import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { defineStack } from "trueup";
import { z } from "zod";

export default defineStack({
  args: z.object({}),
  async program(_, ctx) {
    const zone = ctx.stack("machines").output("zone" as never) as unknown as pulumi.Output<string> & { isKnown: Promise<boolean>; promise(): Promise<string> };
    const availabilityZone = (await zone.isKnown) ? await zone.promise() : "us-east-1a";
    const db = new aws.rds.Instance("main", { identifier: "main", engine: "postgres", instanceClass: "db.t3.micro", allocatedStorage: 20, username: "a", password: "b".repeat(12), availabilityZone });
    return { id: db.id };
  },
});
`;

const environment = `import { defineEnvironment, stack } from "trueup";
import values from "./values.json" with { type: "json" };

export default defineEnvironment({
  cloud: "sandbox",
  approvals: { min: 1, from: ["bob", "cyd"] },
  stacks: {
    machines: stack("stacks/machines", { layer: "machines", args: { zone: values.zone } }),
    data: stack("stacks/data", { layer: "apps", args: {} }),
  },
});
`;

const files: Readonly<Record<string, Change>> = {
  "stacks/machines/index.ts": machines,
  "stacks/data/index.ts": data,
  "environments/dev/environment.ts": environment,
  "environments/dev/values.json": '{ "zone": "us-east-1a" }\n',
};
const zone = (name: string): Readonly<Record<string, Change>> => ({ "environments/dev/values.json": `{ "zone": "us-east-1${name}" }\n` });

const approve = (home: Home, by: string, ...more: readonly string[]): ReturnType<Home["run"]> =>
  home.run(["approve", "dev", ...more], { variables: { TRUEUP_ACTOR: by } });
const databases = (home: Home): readonly string[] =>
  home.cloud
    .list()
    .filter(({ type }) => type.startsWith("aws:rds/instance"))
    .map(({ createdAt }) => createdAt);

async function apply(home: Home, around: (estate: Estate) => Estate = (estate) => estate): Promise<readonly unknown[]> {
  const { result } = await applyAndTell(around(await home.open()), undefined, { environment: "dev", all: false });
  return [result.end, result.problem?.exitCode, result.stacks.map(({ affected, result: how }) => `${affected.stack.name} ${how}`)];
}

/** The estate as it would be if nothing were looked at again: every stack's first preview in a run is what it is judged by to the end. */
function withoutJudgingAgain(estate: Estate): Estate {
  const seen = new Map<string, ReturnType<Engine["preview"]>>();
  const engineOnce: Estate["engine"] = async (of) => {
    const real = await estate.engine(of);
    const preview: Engine["preview"] = (site, options) => {
      const first = seen.get(site.stack) ?? real.preview(site, options);
      seen.set(site.stack, first);
      return first;
    };
    return new Proxy(real, {
      get: (target, key) => {
        const value: unknown = key === "preview" ? preview : Reflect.get(target, key);
        return typeof value === "function" ? (value as (...words: unknown[]) => unknown).bind(target) : value;
      },
    });
  };
  return new Proxy(estate, { get: (target, key) => (key === "engine" ? engineOnce : Reflect.get(target, key)) });
}

describe.skipIf(engine === undefined || !isFull)("what was approved", () => {
  let home: Home;
  beforeAll(async () => {
    home = await newHome(files);
  });
  afterAll(async () => home?.remove());

  test("waits without a forge too: approved on the command line by somebody else, of exactly the run that was refused", async () => {
    const nothing = await approve(home, "bob");
    expect([nothing.exit, nothing.lines[0]]).toEqual([6, expect.stringMatching(/^APPROVAL_UNWANTED: no apply .* waits/)]);
    expect(await apply(home)).toEqual(["refused", 11, []]);
    const own = await approve(home, "Ann");
    expect([own.exit, own.lines]).toEqual([
      11,
      ["HELD: Ann committed what waits: nobody approves their own change", expect.any(String), expect.stringContaining("Nothing was recorded")],
    ]);
    const other = await approve(home, "bob", "--run", "another-run");
    expect([other.exit, other.lines[0]]).toEqual([6, expect.stringMatching(/^APPROVAL_UNWANTED: run another-run is not the one that waits/)]);
    const before = await sentences(home);
    expect((await approve(home, "bob")).out).toMatch(/@bob approves what run .* would do[^]*of exactly: machines [0-9a-f]{12}, data [0-9a-f]{12}/);
    expect((await sentences(home)).slice(1)).toEqual(before);
    expect(await apply(home)).toEqual(["good", undefined, ["machines good", "data good"]]);
    expect((await sentences(home))[0]).toContain("approved by bob");
  });

  test("may be the rules alone: the old ones hold until somebody else approves the new ones, at that very commit", async () => {
    await home.land("eve", { "environments/dev/environment.ts": (text) => text.replace(/min: 1, from: \[.*?\]/, 'min: 1, from: ["bob", "cyd", "eve"]') });
    const typed = (): ReturnType<Home["run"]> => home.run(["apply", "dev"]);
    const waits = await typed();
    expect([waits.exit, waits.lines[0], waits.lines[2]]).toEqual([
      11,
      expect.stringMatching(/^HELD: a change of the rules waits for 1 approval from bob, cyd/),
      expect.stringContaining("trueup approve dev"),
    ]);
    // Whom the new rules would let approve may not do so yet.
    expect((await approve(home, "eve")).exit).toBe(0);
    expect([(await typed()).exit, (await approve(home, "Ann")).exit]).toEqual([11, 11]);
    expect((await approve(home, "bob")).out).toMatch(/@bob approves the rules of \w{7}\nNext: trueup apply dev/);
    expect([(await typed()).exit, (await sentences(home))[0]]).toEqual([0, expect.stringContaining("needed no change")]);
    expect((await approve(home, "bob")).exit).toBe(6);
  });

  test("is void where somebody wrote the state beside trueup since, and what moved is named", async () => {
    const storage = (gigabytes: number) => ({
      "stacks/data/index.ts": (text: string) => text.replace(/allocatedStorage: \d+/, `allocatedStorage: ${gigabytes}`),
    });
    await home.land("larger", storage(21));
    expect(await apply(home)).toEqual(["refused", 11, []]);
    expect((await approve(home, "cyd")).exit).toBe(0);
    await home.write(storage(40));
    // Where plain node finds what trueup's own host knows.
    await mkdir(join(home.folder, "node_modules"));
    await symlink(fileURLToPath(new URL("../..", import.meta.url)), join(home.folder, "node_modules/trueup"));
    const { out } = await home.run(["env", "shell", "dev"]);
    const up = await home.shell(`${out}\npulumi up -s dev.data --yes --skip-preview --non-interactive`, 200_000);
    expect([up.exit, up.out]).toEqual([0, expect.stringContaining("1 updated")]);
    await home.git("checkout", "--quiet", "--", "stacks");
    const moved = await home.run(["apply", "dev"], { deadlineMs: 200_000 });
    expect([moved.exit, moved.lines[0]]).toEqual([
      12,
      expect.stringMatching(/^STALE: .*state of dev\.data changed since \d\d:\d\dZ: aws:rds\/instance:Instance main/),
    ]);
    // Looked at again, it is approved as it is by now.
    expect((await approve(home, "cyd")).exit).toBe(0);
    expect((await apply(home))[0]).toBe("good");
  });

  test("does not cover a database that turns out to be replaced once its zone is known: it is judged again before its wave, and stays", async () => {
    const [first] = databases(home);
    await home.land("move", zone("b"));
    expect(await apply(home)).toEqual(["refused", 11, []]);
    expect((await approve(home, "cyd")).exit).toBe(0);
    const { result } = await applyAndTell(await home.open(), undefined, { environment: "dev", all: false });
    expect([result.end, result.problem?.exitCode, result.problem?.what]).toEqual([
      "rolledBack",
      14,
      expect.stringMatching(/what holds data would be lost: replace of aws:rds\/instance:Instance main/),
    ]);
    expect([databases(home), await results(home)]).toEqual([[first], { machines: "good", data: "good" }]);
  });

  test("control: with what was looked at first taken for the truth, the same approval replaces the database", async () => {
    const [first] = databases(home);
    await home.land("again", zone("c"));
    expect(await apply(home)).toEqual(["refused", 11, []]);
    await approve(home, "cyd");
    expect((await apply(home, withoutJudgingAgain))[0]).toBe("good");
    expect(databases(home)).toEqual([expect.not.stringMatching(first ?? "")]);
  });
});
