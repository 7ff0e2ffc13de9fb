import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { PullRequest } from "../../adapters/forges/index.ts";
import { plainGit, testRemote, type TestRemote } from "../../adapters/git/test-remote.ts";
import { systemClock } from "../../base/clock/index.ts";
import { thisMachine } from "../../base/process/index.ts";
import { MemoryForge, openRequest } from "../conversation/test-forge.ts";
import { ledgerOf, openEstate, type Estate } from "../estate/index.ts";
import type { Ended } from "./errand.ts";
import { Talk } from "./talk.ts";

const environment = (more = ""): string => `import { defineEnvironment } from "trueup";
export default defineEnvironment({ ${more} cloud: "sandbox", stacks: {} });
`;
/** Two with branches of their own, two on a trunk. */
const files: Readonly<Record<string, string>> = {
  "environments/dev/environment.ts": environment(),
  "environments/prod/environment.ts": environment(),
  "environments/east/environment.ts": environment('branch: "main",'),
  "environments/west/environment.ts": environment('branch: "main",'),
};

/** Made once; each test works on a copy. */
let first: TestRemote;
let remote: TestRemote;
let head: string;
let forge: MemoryForge;
let estates: Estate[];

beforeAll(() => {
  first = testRemote();
  const clone = join(first.folder, "clone");
  plainGit(first.folder, ["clone", "--quiet", first.path, clone]);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(clone, path)), { recursive: true });
    writeFileSync(join(clone, path), content);
  }
  plainGit(clone, ["add", "-A"]);
  plainGit(clone, ["commit", "--quiet", "-m", "Begin"]);
  plainGit(clone, ["push", "--quiet", "origin", ...["main", "env/dev", "env/prod"].map((name) => `HEAD:refs/heads/${name}`)]);
  writeFileSync(join(clone, "note"), "x");
  plainGit(clone, ["add", "-A"]);
  const variables = { GIT_AUTHOR_DATE: "2026-11-21T09:00:00Z", GIT_COMMITTER_DATE: "2026-11-21T09:00:00Z" };
  plainGit(clone, ["commit", "--quiet", "-m", "Change it"], { variables });
  plainGit(clone, ["push", "--quiet", "origin", "HEAD:refs/heads/change"]);
  head = plainGit(clone, ["rev-parse", "HEAD"]);
});
afterAll(() => first.remove());
beforeEach(() => {
  remote = testRemote(first);
  estates = [];
});
afterEach(async () => {
  await Promise.all(estates.map((estate) => estate.close()));
  await remote.remove();
});

/** An agent's ear on the forge, with a clone of its own. */
async function agent(environments: readonly string[], identity?: string): Promise<{ readonly talk: Talk; readonly estate: Estate }> {
  const directory = join(remote.folder, `agent-${estates.length}`);
  plainGit(remote.folder, ["clone", "--quiet", "--branch", "main", remote.path, directory]);
  const machine = thisMachine();
  const variable = (name: string): string | undefined => (name === "TRUEUP_IDENTITY" ? identity : machine.variable(name));
  const estate = await openEstate({ directory, machine: { ...machine, variable }, clock: systemClock });
  await estate.repository.fetch();
  estates.push(estate);
  return { talk: new Talk(estate, forge, environments), estate };
}

const quiet = { signal: new AbortController().signal, hardSignal: new AbortController().signal, observe: () => undefined };
/** What one look finds, done; by key, with how it ended. */
async function look(talk: Talk): Promise<readonly string[]> {
  const done: string[] = [];
  for (const errand of await talk.errands()) {
    const ended: Ended = await errand.do(quiet);
    done.push(`${errand.key} ${ended.kind}`);
  }
  return done;
}

const request = (base: string, more: Partial<PullRequest> = {}): PullRequest => openRequest({ base, head: { branch: "change", commit: head }, ...more });
const record = async (estate: Estate, name: string) => (await (await ledgerOf(estate, name)).read())?.environment;
const marks = (): readonly string[] => forge.replies.map((body) => /^<!-- trueup:(\S+) -->/.exec(body)?.[1] ?? "").sort();

describe("two agents with different environments", () => {
  test("what is said on a merged pull request is done by the one that looks after its branch, and by no other", async () => {
    forge = new MemoryForge(request("env/prod", { state: "merged" }));
    forge.write("/trueup apply --env prod");
    const [dev, prod] = [await agent(["dev"]), await agent(["prod"])];
    expect((await dev.talk.errands()).map(({ key }) => key)).toEqual([]);
    expect((await prod.talk.errands()).map(({ key }) => key)).toEqual(["comment #7/1"]);
    expect([forge.reactions, await record(dev.estate, "prod")]).toEqual([[], undefined]);
  });

  test("on one branch a command for one of them is seen, claimed and answered by that one alone", async () => {
    forge = new MemoryForge(request("main", { state: "merged" }));
    const id = forge.write('/trueup lock "until noon" --env west');
    const [east, west] = [await agent(["east"]), await agent(["west"])];
    expect(await look(east.talk)).toEqual([`comment #7/${id} nothing`]);
    expect([forge.reactions, forge.replies, await record(east.estate, "west")]).toEqual([[], [], undefined]);
    expect(await look(west.talk)).toEqual([`comment #7/${id} done`]);
    expect([forge.reactions, marks()]).toEqual([[`${id} seen`, `${id} done`], [`reply:${id}:west`]]);
    expect((await record(west.estate, "west"))?.holds).toEqual([expect.objectContaining({ reason: "until noon" })]);
    expect([await look(east.talk), await look(west.talk)]).toEqual([[], []]);
  });

  test("on one branch what names no environment is answered by each for its own, and what everybody would say is said once", async () => {
    forge = new MemoryForge(request("main", { state: "merged" }));
    const status = forge.write("/trueup status");
    const unclear = forge.write("/trueup apply");
    const [east, west] = [await agent(["east"]), await agent(["west"])];
    for (const { talk } of [east, west]) await look(talk);
    expect(marks()).toEqual([`reply:${status}:east`, `reply:${status}:west`, `reply:${unclear}`].sort());
    const said = (mark: string): string => forge.replies.find((body) => body.includes(mark)) ?? "";
    expect(said(`reply:${status}:east`)).toMatch(/status` · east\n/);
    expect(said(`reply:${status}:west`)).toMatch(/status` · west\n/);
    expect(said(`reply:${unclear} `)).toContain("Write --env: one or more of east, west");
    expect([await record(east.estate, "east"), await record(west.estate, "west")]).toEqual([undefined, undefined]);
  });

  test("on one branch a change is not made after one of which only the other knows how it ended", async () => {
    forge = new MemoryForge(request("main", { state: "merged" }));
    forge.write('/trueup lock "a" --env east\n/trueup lock "b" --env west');
    const [east, west] = [await agent(["east"]), await agent(["west"])];
    for (const { talk } of [east, west]) await look(talk);
    expect([(await record(east.estate, "east"))?.holds.length, await record(west.estate, "west")]).toEqual([1, undefined]);
    expect(forge.replies[1]).toContain("not run, because others answer line 1 for east");
  });

  test("on one branch each previews its own, into a comment and a check that the other leaves as they are", async () => {
    forge = new MemoryForge(request("main"));
    const [east, west] = [await agent(["east"]), await agent(["west"])];
    expect(await look(east.talk)).toEqual(["preview #7 done"]);
    expect([marks(), forge.statuses]).toEqual([["preview:east"], ["trueup/preview (east) running", "trueup/preview (east) success"]]);
    const [ofEast] = forge.replies;
    expect(ofEast).toContain("Not looked at here: west.");
    forge.statuses.splice(0);
    expect(await look(west.talk)).toEqual(["preview #7 done"]);
    expect([marks(), forge.statuses]).toEqual([
      ["preview:east", "preview:west"],
      ["trueup/preview (west) running", "trueup/preview (west) success"],
    ]);
    expect(forge.replies[0]).toBe(ofEast);
    // Another process sees from the forge alone that its own part is shown.
    expect([await look((await agent(["east"])).talk), await look((await agent(["west"])).talk)]).toEqual([[], []]);
  });

  test("control: one that looks after all of a branch keeps one comment and answers once", async () => {
    forge = new MemoryForge(request("main"));
    const id = forge.write("/trueup status");
    const both = await agent(["dev", "east", "west"]);
    expect(await look(both.talk)).toEqual([`comment #7/${id} done`, "preview #7 done"]);
    expect(marks()).toEqual(["preview", `reply:${id}`]);
    expect(forge.replies.join()).not.toContain("Not looked at here");
  });
});

describe("an agent with the apply identity", () => {
  test("previews nothing, and leaves comments that ask for it to who may; everything else it answers", async () => {
    forge = new MemoryForge(request("env/dev"), request("env/dev", { number: 8, fork: true }));
    for (const body of ["/trueup preview", "/trueup Preview --env dev", "the preview looks fine\n/trueup apply"]) forge.write(body);
    const id = forge.write("/trueup status");
    const { talk } = await agent(["dev"], "apply");
    expect(await look(talk)).toEqual([`comment #7/${id} done`]);
    expect([marks(), forge.statuses, forge.reactions]).toEqual([[`reply:${id}`], [], [`${id} seen`, `${id} done`]]);
  });

  test("control: without it the same is previewed and answered", async () => {
    forge = new MemoryForge(request("env/dev"));
    const id = forge.write("/trueup preview");
    const { talk } = await agent(["dev"]);
    expect(await look(talk)).toEqual([`comment #7/${id} done`, "preview #7 done"]);
    expect(marks()).toEqual(["preview", `reply:${id}`]);
  });

  test("does not begin with an identity that there is not", async () => {
    await expect(agent(["dev"], "aply")).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });
});
