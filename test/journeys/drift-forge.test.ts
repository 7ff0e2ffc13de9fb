import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openStandin, type Standin } from "../../src/satellites/forge-standin/index.ts";
import { engine, isFull, newHome, type Change, type Home, type Told } from "./estate.ts";
import { cloudLines, sentences } from "./evidence.ts";
import { doneSince } from "./main-job.ts";

vi.setConfig({ testTimeout: 900_000, hookTimeout: 600_000 });

const one: Readonly<Record<string, Change>> = {
  "environments/dev/values.json": '{ "machines": { "cidr": "10.1.0.0/16" } }\n',
  "environments/dev/environment.ts": `import { defineEnvironment, stack } from "trueup";
import type machines from "../../stacks/machines/index.ts";
import values from "./values.json" with { type: "json" };

export default defineEnvironment({
  cloud: "sandbox",
  drift: { mode: "propose" },
  stacks: { machines: stack<typeof machines>("stacks/machines", { layer: "machines", args: { ...values.machines, tier: "small", joinToken: "join-4f1c9a" } }) },
});
`,
};

describe.skipIf(engine === undefined || !isFull)("drift on the forge", () => {
  let forge: Standin;
  let home: Home;
  let number: number;

  const trueup = (...args: string[]): Promise<Told> => {
    const { kind, api, repository, credentials } = forge.settings();
    const token = "token" in credentials ? credentials.token.reveal() : "";
    return home.run(args, {
      deadlineMs: 280_000,
      variables: { TRUEUP_FORGE: kind, TRUEUP_FORGE_API: api, TRUEUP_FORGE_REPOSITORY: repository, TRUEUP_FORGE_TOKEN: token },
    });
  };
  const issues = (): readonly string[] => forge.issues().map(({ state, title }) => `${state}: ${title}`);
  const say = async (who: string, body: string): Promise<string | undefined> => {
    const id = forge.comment(who, number, body);
    await trueup("comment", "--pr", String(number), "--comment", id);
    return forge.comments(number).find(({ author, body: text }) => author === forge.us && text.includes(`reply:${id} `))?.body;
  };

  beforeAll(async () => {
    forge = await openStandin("github");
    home = await newHome(one, forge.path);
    const up = await trueup("apply", "dev");
    if (up.exit !== 0) throw new Error(up.err);
    await home.commit("talk", { "NOTES.md": "a place to talk\n" });
    number = forge.openPullRequest("ann", { head: "talk", base: "env/dev" });
  });
  afterAll(async () => {
    await home?.remove();
    await forge?.close();
  });

  test("is proposed with its diff, adopted by a comment as a pull request that says what it writes, and over when that is merged and applied", async () => {
    home.cloud.set("main", "cidrBlock", "10.9.0.0/16", { type: "Vpc" });
    expect((await trueup("drift", "dev", "--scheduled")).exit).toBe(7);
    expect(issues().toSorted()).toEqual(["open: Drift: 1 finding in dev", "open: dev.machines: 1 changed"]);
    const proposal = forge.issues().find(({ title }) => title.startsWith("dev.machines"))?.body ?? "";
    expect(proposal).toMatch(/10\.1\.0\.0\/16.*10\.9\.0\.0\/16[^]*trueup drift adopt dev --stack machines --finding [0-9a-f]{8}/);
    // The same again: one issue, not two.
    expect((await trueup("drift", "dev", "--scheduled")).exit).toBe(7);
    expect(issues()).toHaveLength(2);

    const before = (await sentences(home)).length;
    const reply = await say("bob", "/trueup adopt --env dev --stack machines");
    expect(reply).toMatch(/✅ `\/trueup adopt --env dev --stack machines`[^]*proposed in http/);
    // The claim of the comment is all that the ledger heard of it.
    expect((await sentences(home)).length).toBe(before + 1);
    const branch = (await home.git("ls-remote", home.remote, "refs/heads/trueup-adopt/*")).split("\t")[1]?.replace("refs/heads/", "") ?? "";
    const pull = forge.pulls().find((each) => each.head === branch);
    expect([pull?.base, pull?.title]).toEqual(["env/dev", "Adopt what is live in dev.machines: cidrBlock of main"]);
    expect(pull?.body).toMatch(/`environments\/dev\/values\.json` `machines\.cidr`: `"10\.1\.0\.0\/16"` → `"10\.9\.0\.0\/16"`/);
    forge.merge("bob", pull?.number ?? 0, "merge");
    const lines = (await cloudLines(home)).length;
    expect((await trueup("apply", "dev")).exit).toBe(0);
    expect(await doneSince(home, lines)).toEqual([]);
    expect((await trueup("drift", "dev", "--scheduled")).exit).toBe(0);
    expect(issues().toSorted()).toEqual(["closed: No drift", "closed: dev.machines: no drift"]);
  });

  test("is ignored by a comment with a reason and an end, by who may; a day that no calendar has is none", async () => {
    home.cloud.set("main", "tags.cost", "1234", { type: "Vpc" });
    expect((await trueup("drift", "dev", "--scheduled")).exit).toBe(7);
    const finding = /--finding ([0-9a-f]{8})/.exec(forge.issues().find(({ title }) => title.startsWith("dev.machines"))?.body ?? "")?.[1] ?? "";
    const until = new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10);
    const ignore = (end: string): string => `/trueup ignore "the cost tool writes it" --env dev --stack machines --finding ${finding} --until ${end}`;
    expect(await say("dan", ignore(until))).toMatch(/may not ignore in dev: you may not write/);
    expect(await say("bob", ignore("2026-02-30"))).toMatch(/no calendar has 2026-02-30/);
    expect(await say("bob", ignore(until))).toMatch(/tags\.cost of main counts no more until/);
    expect((await sentences(home)).slice(0, 3).join("\n")).toMatch(/dev: @bob ignores tags\.cost of main in machines until .*: the cost tool writes it/);
    expect(issues()).toContain("closed: No drift");
    expect((await trueup("drift", "dev", "--scheduled")).exit).toBe(0);
    expect(issues()).toContain("closed: dev.machines: no drift");
  });
});
