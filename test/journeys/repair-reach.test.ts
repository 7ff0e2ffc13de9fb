import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { engine, isFull, newHome, type Home } from "./estate.ts";
import { cloudLines, picture, sentences, stateOf } from "./evidence.ts";
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

/** Two of which the name of one is a pattern to the engine that the other one fits. */
const names = `import * as aws from "@pulumi/aws";
import { defineStack } from "trueup";
import { z } from "zod";

export default defineStack({
  args: z.object({}),
  program() {
    new aws.ec2.Vpc("*.example.com", { cidrBlock: "10.2.0.0/16", tags: { Name: "all", owner: "names" } });
    const www = new aws.ec2.Vpc("www.example.com", { cidrBlock: "10.3.0.0/16", tags: { Name: "www", owner: "names" } });
    new aws.ec2.SecurityGroup("after", { description: "after" }, { dependsOn: [www] });
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
      { type: "aws:ec2/vpc:Vpc", name: "www.example.com", path: "tags.owner", reason: "billing writes it" },
    ],
  },
  stacks: {
    net: stack("stacks/net", { layer: "machines", args: {} }),
    names: stack("stacks/names", { layer: "machines", args: {} }),
  },
});
`;

const idOf = (home: Home, name: string): string => home.cloud.show(name, { type: "Vpc" }).id;

describe.skipIf(engine === undefined || !isFull)("how far a repair reaches", () => {
  let first: Home;
  let home: Home;
  const homes: Home[] = [];
  beforeAll(async () => {
    first = await newHome({ "stacks/net/index.ts": net, "stacks/names/index.ts": names, "environments/dev/environment.ts": environment });
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

  test("never takes along what only fits the name of what is put back; where that is in order, the same repair goes through", async () => {
    home.cloud.set("*.example.com", "tags.owner", "somebody", { type: "Vpc" });
    home.cloud.set("www.example.com", "tags.owner", "billing", { type: "Vpc" });
    const [before, from] = [await picture(home), (await cloudLines(home)).length];
    const refused = await home.run(["drift", "dev", "--fix", "--stack", "names"]);
    expect([refused.exit, refused.lines]).toEqual([
      13,
      [
        "GUARD_REFUSED: the engine takes aws:ec2/vpc:Vpc::*.example.com for a pattern, and would also put back aws:ec2/vpc:Vpc::www.example.com, which this repair leaves alone",
        expect.stringMatching(/^on dev\.names at \w{7}$/),
        expect.stringMatching(/^Nothing of it was touched\. .*without a star.*: trueup apply dev --all$/),
      ],
    ]);
    expect([await picture(home), await doneSince(home, from)]).toEqual([before, []]);
    home.cloud.set("www.example.com", "tags.owner", "names", { type: "Vpc" });
    expect((await home.run(["drift", "dev", "--fix", "--stack", "names"])).exit).toBe(0);
    expect(await doneSince(home, from)).toEqual(["update *.example.com"]);
  });

  test("is also what rests on something that is made again, which would not say so any more; nothing of that is changed", async () => {
    const rests = async (): Promise<unknown> => (await stateOf(home, "dev.names"))?.dependenciesOf("after");
    const before = await rests();
    expect(before).toEqual([expect.stringMatching(/::www\.example\.com$/)]);
    home.cloud.delete("www.example.com", { type: "Vpc" });
    const from = (await cloudLines(home)).length;
    expect((await home.run(["drift", "dev", "--fix", "--stack", "names"])).exit).toBe(0);
    expect([await doneSince(home, from), await rests()]).toEqual([["create www.example.com"], before]);
  });
});
