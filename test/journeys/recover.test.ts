import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { engine, isFull, newHome, type Home } from "./estate.ts";
import { cloudLines, record, results, runs, sentences, stateOf, wholePicture } from "./evidence.ts";

vi.setConfig({ testTimeout: 200_000 });

const declaration = (main: string, annex: string): string => `import { defineEnvironment, stack } from "trueup";
import type machines from "../../stacks/machines/index.ts";

const args = { tier: "small", joinToken: "join-4f1c9a" } as const;
export default defineEnvironment({
  cloud: "sandbox",
  stacks: {
    machines: stack<typeof machines>("stacks/machines", { layer: "machines", args: { ...args, cidr: "${main}" } }),
    annex: stack<typeof machines>("stacks/machines", { layer: "machines", args: { ...args, cidr: "${annex}" } }),
  },
});
`;

const file = "environments/dev/environment.ts";
const riddle = "urn:pulumi:dev.machines::small::pulumi-nodejs:dynamic:Resource::half";
const box = "urn:pulumi:dev.machines::small::acme:net:Network::box";
const other = "urn:pulumi:dev.machines::small::pulumi-nodejs:dynamic:Resource::rest";

/** The state says that two things were being created whose ids only their maker can know, and a component, which is nothing in any cloud. */
async function leaveRiddle(home: Home): Promise<void> {
  const path = join(home.clone, ".trueup/state/.pulumi/stacks/small/dev.machines.json");
  const state = JSON.parse(await readFile(path, "utf8")) as {
    readonly checkpoint: { readonly latest: { readonly resources: readonly { readonly urn: string }[]; pending_operations?: unknown } };
  };
  const { latest } = state.checkpoint;
  const parent = latest.resources[0]?.urn;
  const creating = (urn: string): object => ({
    type: "creating",
    resource: { urn, custom: true, type: "pulumi-nodejs:dynamic:Resource", inputs: {}, parent },
  });
  const component = { type: "creating", resource: { urn: box, custom: false, type: "acme:net:Network", parent } };
  latest.pending_operations = [component, creating(riddle), creating(other)];
  await writeFile(path, JSON.stringify(state));
}

describe.skipIf(engine === undefined || !isFull)("an operation that never ended and that nobody can know of", () => {
  test("sets its stack aside with the commands to run, other units go on, and a person's word ends it", async () => {
    const home = await newHome({ [file]: declaration("10.1.0.0/16", "10.2.0.0/16") });
    try {
      expect((await home.run(["apply", "dev"])).exit).toBe(0);
      await leaveRiddle(home);
      await home.land("main-net", { [file]: declaration("10.3.0.0/16", "10.2.0.0/16") });
      const head = await home.land("annex-net", { [file]: declaration("10.3.0.0/16", "10.4.0.0/16") });
      const refused = await home.run(["apply", "dev"]);
      expect([refused.exit, refused.lines]).toEqual([
        13,
        [
          expect.stringMatching(`^PENDING_OPERATIONS: 2 operations never ended, the first: creating ${riddle}; its id is given by the cloud`),
          "on dev.machines",
          expect.stringContaining(`trueup recover dev machines --exists '${riddle}=ID' --exists '${other}=ID'.`),
        ],
      ]);
      const after = await record(home);
      expect([after.stacks["annex"]?.lastGood?.commit, after.stacks["machines"]?.lastGood?.commit === head, after.lease]).toEqual([head, false, null]);
      expect((await stateOf(home, "dev.machines"))?.pending).toBe(3);

      const before = await wholePicture(home);
      const told = await home.run(["recover", "dev", "--explain"]);
      expect([told.exit, told.out]).toEqual([
        13,
        expect.stringMatching(/nothing is changed yet[\s\S]*machines: creating .*half: its id is given by the cloud.*left to a person/),
      ]);
      expect(await wholePicture(home)).toEqual(before);
      expect((await home.run(["recover", "dev", "machines", "--absent", "urn:of:something"])).lines[0]).toMatch(/^USAGE: no operation on urn:of:something/);

      const seen = await home.run(["recover", "dev", "machines", "--exists", `${box}=box`]);
      expect([seen.exit, seen.lines]).toEqual([
        2,
        [`USAGE: ${box} is nothing in any cloud, so that nobody can have seen it there`, "on dev.machines", expect.stringMatching(/^Nothing was touched/)],
      ]);

      // The engine forgets what it is not told of: an answer to one of them alone must not make it forget the other.
      const half = await home.run(["recover", "dev", "machines", "--absent", riddle]);
      expect([half.exit, half.lines[2]]).toEqual([
        13,
        expect.stringContaining(`trueup recover dev machines --exists '${other}=ID'. If it does not: trueup recover dev machines --absent '${other}'.`),
      ]);
      expect((await stateOf(home, "dev.machines"))?.pending).toBe(3);

      const said = await home.run(["recover", "dev", "machines", "--absent", riddle, other]);
      expect([said.exit, said.out]).toEqual([0, expect.stringContaining("a person looked and says that it was not made → forgotten")]);
      expect([(await stateOf(home, "dev.machines"))?.pending, (await sentences(home))[0]]).toEqual([0, "dev: recovered machines (3 operations)"]);
      expect((await runs(home)).at(-1)).toMatchObject({
        kind: "recover",
        result: "good",
        mergedBy: "ann",
        recovered: [
          { urn: box, kind: "drop" },
          { urn: riddle, kind: "drop" },
          { urn: other, kind: "drop" },
        ],
      });

      expect((await home.run(["apply", "dev"])).exit).toBe(0);
      expect(await results(home)).toEqual({ annex: "good", machines: "good" });
      expect((await cloudLines(home)).filter(({ op, phase }) => op === "create" && phase === "commit").length).toBeLessThanOrEqual(4);
      const nothing = await home.run(["recover", "dev"]);
      expect([nothing.exit, nothing.out.trim()]).toEqual([0, "dev: no run has left anything that never ended"]);
    } finally {
      await home.remove();
    }
  });
});
