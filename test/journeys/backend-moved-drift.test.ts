import { cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { engine, isFull, newHome, set, type Home } from "./estate.ts";
import { doneSince } from "./main-job.ts";
import { cloudLines } from "./evidence.ts";
import { broken, ended, estateOf, together } from "./rollback-estate.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const shop = { layer: "machines", args: { cidr: "10.2.0.0/16", tier: "small" } } as const;
const side = { layer: "machines", args: { cidr: "10.3.0.0/16", tier: "small" } } as const;
const backend = '\n  backend: "file://.trueup/states",';
const elsewhere = { "environments/dev/environment.ts": (text: string) => text.replace('cloud: "sandbox",', `cloud: "sandbox",${backend}`) };
const here = { "environments/dev/environment.ts": (text: string) => text.replace(backend, "") };

const stateIn = (home: Home, folder: "state" | "states", stack: string): Promise<string> =>
  readFile(join(home.clone, `.trueup/${folder}/.pulumi/stacks/small/dev.${stack}.json`), "utf8");

describe.skipIf(engine === undefined || !isFull)("drift of stacks whose states a failed commit has moved, once somebody thawed them", () => {
  let first: Home;
  let home: Home;
  const homes: Home[] = [];
  beforeAll(async () => {
    first = await newHome(estateOf({ shop, side }));
    homes.push(first);
    const { problem } = await first.apply();
    if (problem !== undefined) throw problem;
    await cp(join(first.clone, ".trueup/state"), join(first.clone, ".trueup/states"), { recursive: true });
    const grown = together(set("shop", { second: "10.4.0.0/16", tier: "large" }), set("side", { tier: "large" }));
    await first.land("moves", together(elsewhere, grown, broken("shop"), broken("side")));
    const failed = ended(await first.apply());
    const thawed = await first.run(["thaw", "dev", "--reason", "it goes on there"]);
    if (failed[1] !== "ROLLBACK_FAILED" || thawed.exit !== 0) throw new Error(`${failed.join(" ")}; ${thawed.err}`);
  });
  beforeEach(async () => {
    home = await first.copy();
    homes.push(home);
  });
  afterAll(async () => {
    for (const each of homes) await each.remove();
  });

  test("is looked for in the state that was worked on last: what the commit did is none, also once the branch names the older place again", async () => {
    const looked = await home.run(["drift", "dev"]);
    expect([looked.exit, looked.err]).toEqual([0, expect.stringContaining("shop: previewed (true to git)")]);
    home.cloud.set("second", "cidrBlock", "10.9.0.0/16", { type: "Vpc" });
    await home.land("here", here);
    const { stacks } = await home.drift();
    expect(stacks.map(({ stack, problem, findings }) => [stack.name, problem, findings.map(({ name }) => name)])).toEqual([
      ["shop", undefined, ["second"]],
      ["side", undefined, []],
    ]);
  });

  test("is put back there, and nothing of the older copy; where more would go, it is refused, and nothing is touched", async () => {
    const states = async (): Promise<readonly string[]> => [
      await stateIn(home, "state", "shop"),
      await stateIn(home, "state", "side"),
      await stateIn(home, "states", "shop"),
    ];
    const before = await states();
    const nets = home.cloud.list({ type: "Vpc" }).filter(({ createdBy }) => createdBy.endsWith("::net"));
    for (const { id } of nets) home.cloud.set(id, "tags.owner", "somebody");
    const from = (await cloudLines(home)).length;
    const fixed = await home.run(["drift", "dev", "--fix"]);
    expect([fixed.exit, fixed.lines]).toEqual([
      12,
      [
        "STALE: the repair would also delete aws:ec2/vpc:Vpc second, of which it puts nothing back",
        expect.stringMatching(/^on dev\.shop at /),
        expect.stringContaining("Nothing of it was touched."),
      ],
    ]);
    expect(await doneSince(home, from)).toEqual(["update net"]);
    expect(await states()).toEqual(before);
    const { stacks } = await home.drift();
    expect(stacks.map(({ stack, findings }) => [stack.name, findings.length])).toEqual([
      ["shop", 1],
      ["side", 0],
    ]);
  });

  test("is kept against that state too: one value of the branch is what is live, and nothing else would change", async () => {
    home.cloud.set(home.cloud.list({ type: "Vpc" }).find(({ createdBy }) => createdBy.includes("dev.side::"))?.id ?? "", "tags.tier", "blue");
    const adopted = await home.run(["drift", "adopt", "dev", "--stack", "side", "-o", "json"]);
    expect([adopted.exit, adopted.out]).toEqual([0, expect.stringMatching(/"from": *"\\?"large/)]);
  });
});
