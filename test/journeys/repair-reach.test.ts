import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { engine, isFull, newHome, type Home } from "./estate.ts";
import { cloudLines, picture, sentences } from "./evidence.ts";
import { doneSince } from "./main-job.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 200_000 });

/** A network, and one below it whose tags somebody else writes. */
const net = `import * as aws from "@pulumi/aws";
import { defineStack } from "trueup";
import { z } from "zod";

export default defineStack({
  args: z.object({}),
  program() {
    const main = new aws.ec2.Vpc("main", { cidrBlock: "10.1.0.0/16" });
    new aws.ec2.Subnet("a", { vpcId: main.id, cidrBlock: "10.1.1.0/24", tags: { owner: "net" } });
    return {};
  },
});
`;

const environment = `import { defineEnvironment, stack } from "trueup";

export default defineEnvironment({
  cloud: "sandbox",
  drift: {
    ignore: [
      { type: "aws:ec2/subnet:Subnet", path: "tags", reason: "billing writes them" },
    ],
  },
  stacks: {
    net: stack("stacks/net", { layer: "machines", args: {} }),
  },
});
`;

const idOf = (home: Home, name: string): string => home.cloud.show(name, { type: "Vpc" }).id;

describe.skipIf(engine === undefined || !isFull)("how far a repair reaches", () => {
  let first: Home;
  let home: Home;
  const homes: Home[] = [];
  beforeAll(async () => {
    first = await newHome({ "stacks/net/index.ts": net, "environments/dev/environment.ts": environment });
    homes.push(first);
    const { end, problem } = await first.apply();
    if (end !== "good") throw new Error(`the estate did not come up: ${end} ${problem?.message}`);
  });
  beforeEach(async () => {
    home = await first.copy();
    homes.push(home);
  });
  afterAll(async () => {
    for (const each of homes) await each.remove();
  });

  test("ends before what would have to change with it and is left to somebody else: nothing is touched, and a whole apply puts both right", async () => {
    home.cloud.set("a", "tags.owner", "billing", { type: "Subnet" });
    home.cloud.delete("main", { type: "Vpc" });
    const [before, from] = [await picture(home), (await cloudLines(home)).length];
    const fixed = await home.run(["drift", "dev", "--fix", "--stack", "net"]);
    expect([fixed.exit, fixed.lines]).toEqual([
      12,
      [
        "STALE: the repair would also replace aws:ec2/subnet:Subnet a, of which it puts nothing back",
        expect.stringMatching(/^on dev\.net at \w{7}$/),
        expect.stringMatching(/^Nothing of it was touched\. .*: trueup apply dev --all$/),
      ],
    ]);
    expect([await picture(home), await doneSince(home, from), (await sentences(home))[0]]).toEqual([before, [], expect.not.stringMatching(/drift fixed/)]);
    const applied = await home.run(["apply", "dev", "--all"]);
    expect([applied.exit, applied.err]).toEqual([0, expect.anything()]);
    expect(home.cloud.show("a", { type: "Subnet" }).properties["vpcId"]).toBe(idOf(home, "main"));
    expect((await home.drift("net")).stacks.flatMap(({ findings }) => findings)).toEqual([]);
  });
});
