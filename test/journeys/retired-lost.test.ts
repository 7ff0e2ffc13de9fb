import { existsSync } from "node:fs";
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { engine, isFull, newHome, set, type Home } from "./estate.ts";
import { results } from "./evidence.ts";
import { broken, ended, estateOf, made, net, together } from "./rollback-estate.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const retired = (action: "destroy" | "forget") => ({
  "environments/dev/environment.ts": (text: string) =>
    text.replace(/ {4}old: stack\(.*\n/, "").replace('cloud: "sandbox",', `cloud: "sandbox",\n  retire: { old: "${action}" },`),
});
const elsewhere = {
  "environments/dev/environment.ts": (text: string) => text.replace('cloud: "sandbox",', 'cloud: "sandbox",\n  backend: "file://.trueup/states",'),
};
const stateFile = (home: Home): string => join(home.clone, ".trueup/state/.pulumi/stacks/small/dev.old.json");
const loseState = async (home: Home): Promise<void> => {
  for (const end of ["", ".bak"]) await rm(`${stateFile(home)}${end}`, { force: true });
};

describe.skipIf(engine === undefined || !isFull)("a stack that is to be destroyed and has no state", () => {
  let first: Home;
  let home: Home;
  const homes: Home[] = [];
  beforeAll(async () => {
    first = await newHome(estateOf({ old: net('rollback: "forward-only",'), side: net() }));
    homes.push(first);
    const { problem } = await first.apply();
    if (problem !== undefined) throw problem;
  });
  beforeEach(async () => {
    home = await first.copy();
    homes.push(home);
  });
  afterAll(async () => {
    for (const each of homes) await each.remove();
  });

  test("is held where its last attempt failed: what lives of it is not dropped from the record, and a rebuild brings its state back", async () => {
    await home.land("grows", together(set("old", { tier: "large" }), broken("old")));
    expect(ended(await home.apply())).toEqual(["failed", "ROLLBACK_FAILED", 15]);
    expect((await home.run(["thaw", "dev", "--reason", "it goes"])).exit).toBe(0);
    await loseState(home);
    await home.land("retires", retired("destroy"));
    const refused = await home.run(["apply", "dev"]);
    expect([refused.exit, refused.lines]).toEqual([
      13,
      [
        expect.stringMatching(/^GUARD_REFUSED: it is to be destroyed, but the backend has no state of it, .*: its \d resources may live on$/),
        expect.stringMatching(/^on dev\.old/),
        expect.stringMatching(/^Nothing was touched\. .*trueup rebuild dev --stack old, then apply again.*retire: \{ "old": "forget" \}$/),
      ],
    ]);
    expect([await results(home), made(home, "old", "net")]).toEqual([{ old: "failed", side: "good" }, [expect.anything()]]);
    const rebuilt = await home.run(["rebuild", "dev", "--stack", "old", "--yes", "--by", "ann", "--reason", "its state is lost"]);
    expect([rebuilt.exit, rebuilt.err]).toEqual([0, expect.anything()]);
    const applied = await home.run(["apply", "dev"]);
    expect([applied.exit, await results(home), made(home, "old", "net")]).toEqual([0, { side: "good" }, []]);
  });

  test("is gone where a run has destroyed it and was killed before it could say so", async () => {
    await home.land("retires", retired("destroy"));
    let runner = 0;
    const going = home.run(["apply", "dev"], { onPid: (pid) => void (runner = pid) });
    for (let tries = 0; existsSync(stateFile(home)) && tries < 10_000; tries++) await sleep(5);
    process.kill(runner, "SIGKILL");
    await going;
    expect([await results(home), made(home, "old", "net")]).toEqual([{ old: "applying", side: "good" }, []]);
    const applied = await home.run(["apply", "dev"]);
    expect([applied.exit, await results(home)]).toEqual([0, { side: "good" }]);
    expect(await home.sessions()).toBe("");
  });

  test("is looked for where its last attempt had it, when that was elsewhere: what that made goes with the rest", async () => {
    await cp(join(home.clone, ".trueup/state"), join(home.clone, ".trueup/states"), { recursive: true });
    await home.land("moves", together(elsewhere, set("old", { second: "10.4.0.0/16" }), broken("old")));
    expect(ended(await home.apply())).toEqual(["failed", "ROLLBACK_FAILED", 15]);
    expect((await home.run(["thaw", "dev", "--reason", "it goes"])).exit).toBe(0);
    await home.land("retires", retired("destroy"));
    const applied = await home.run(["apply", "dev"]);
    expect([applied.exit, applied.lines, made(home, "old", "net"), made(home, "old", "second")]).toEqual([0, applied.lines, [], []]);
  });
});
