import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { plainGit, testRemote, type TestRemote } from "../../adapters/git/test-remote.ts";
import { systemClock, type Clock } from "../../base/clock/index.ts";
import { Problem } from "../../base/problem/index.ts";
import { thisMachine } from "../../base/process/index.ts";
import { verbNames } from "../../domain/conversation/index.ts";
import { ledgerOf, openEstate, type Estate } from "../estate/index.ts";
import { answerComment, type Answered, type CommentRequest } from "./commands.ts";
import { tellFork } from "./fork.ts";
import type { Actions, Ordered } from "./orders.ts";
import { MemoryForge, openRequest } from "./test-forge.ts";

const environment = (branch: string, from = '"@acme/ops"'): string => `import { defineEnvironment, stack } from "trueup";

export default defineEnvironment({
  branch: "${branch}",
  cloud: "sandbox",
  approvals: { min: 1, from: [${from}] },
  stacks: { shop: stack("stacks/shop", { layer: "apps" }), data: stack("stacks/data", { layer: "machines" }) },
});
`;

const files: Readonly<Record<string, string>> = {
  "environments/prod/environment.ts": environment("env/prod"),
  "environments/prod-eu/environment.ts": environment("env/prod"),
  "environments/dev/environment.ts": environment("env/dev"),
  "environments/broken/environment.ts": "export default {",
  "stacks/shop/index.ts": "",
  "stacks/data/index.ts": "",
};

/** Made once; each test works on a copy. */
let first: TestRemote;
let remote: TestRemote;
let estates: Estate[];
let clone: string;
let head: string;

function push(changes: Readonly<Record<string, string>>, branch: string): string {
  for (const [path, content] of Object.entries(changes)) {
    mkdirSync(dirname(join(clone, path)), { recursive: true });
    writeFileSync(join(clone, path), content);
  }
  plainGit(clone, ["add", "-A"]);
  const variables = { GIT_AUTHOR_DATE: "2026-11-21T09:00:00Z", GIT_COMMITTER_DATE: "2026-11-21T09:00:00Z" };
  plainGit(clone, ["commit", "--quiet", "-m", "Change it"], { variables });
  plainGit(clone, ["push", "--quiet", "origin", `HEAD:refs/heads/${branch}`]);
  return plainGit(clone, ["rev-parse", "HEAD"]);
}

beforeAll(() => {
  first = testRemote();
  clone = join(first.folder, "clone");
  plainGit(first.folder, ["clone", "--quiet", first.path, clone]);
  push(files, "env/prod");
  head = push({ "environments/prod/environment.ts": environment("env/prod", "") }, "change");
});
afterAll(() => first.remove());
beforeEach(() => {
  remote = testRemote(first);
  estates = [];
  clone = join(remote.folder, "clone");
});
afterEach(async () => {
  await Promise.all(estates.map(async (estate) => estate.close()));
  await remote.remove();
});

/** Another runner: a clone of its own. */
async function runner(clock: Clock = systemClock): Promise<Estate> {
  const directory = join(remote.folder, `runner-${estates.length}`);
  plainGit(remote.folder, ["clone", "--quiet", "--branch", "env/prod", remote.path, directory]);
  const estate = await openEstate({ directory, machine: thisMachine(), clock });
  estates.push(estate);
  return estate;
}

const newForge = (): MemoryForge => new MemoryForge(openRequest({ base: "env/prod", head: { branch: "change", commit: head } }));

/** Actions that note what was asked of them. */
function noted(doing: (order: Ordered) => Promise<void> = async () => undefined): { readonly done: string[]; readonly actions: Actions } {
  const done: string[] = [];
  const action = (verb: keyof Actions) => async (order: Ordered) => {
    done.push(
      `${verb} ${order.environment}${order.stack === undefined ? "" : ` ${order.stack}`}${order.fix ? " fix" : ""} at ${order.head.slice(0, 7)} by ${order.by}`,
    );
    await doing(order);
    return { ok: true, says: `${verb} ended well` };
  };
  const names = ["preview", "status", "drift", "adopt", "ignore", "approve", "apply", "retry", "rollback"] as const;
  return { done, actions: Object.fromEntries(names.map((verb) => [verb, action(verb)])) as unknown as Actions };
}

interface Asking {
  readonly estate?: Estate;
  readonly actions?: Actions;
  readonly sightings?: readonly { readonly commit: string; readonly at: string }[];
}

async function answer(forge: MemoryForge, comment: string, { estate, actions = noted().actions, sightings = [] }: Asking = {}): Promise<Answered> {
  return answerComment(estate ?? (await runner()), forge, { pullRequest: 7, comment, actions, sightings: async () => sightings });
}

const recordOf = async (
  estate: Estate,
  name = "prod",
): Promise<NonNullable<Awaited<ReturnType<Awaited<ReturnType<typeof ledgerOf>>["read"]>>>["environment"] | undefined> =>
  (await (await ledgerOf(estate, name)).read())?.environment;

describe("a comment with commands", () => {
  it("is seen, run and answered once, with the head and the person it was decided for", async () => {
    const forge = newForge();
    const { done, actions } = noted();
    const id = forge.write("fine\n/trueup apply --env prod\n/trueup drift --env prod --stack shop\n/trueup status");
    const told = await answer(forge, id, { actions });
    expect(told.kind).toBe("answered");
    const short = head.slice(0, 7);
    expect(done).toEqual([
      `apply prod at ${short} by eve`,
      `drift prod shop at ${short} by eve`,
      `status prod at ${short} by eve`,
      `status prod-eu at ${short} by eve`,
    ]);
    expect(forge.reactions).toEqual(["1 seen", "1 done"]);
    expect(forge.replies).toHaveLength(1);
    expect(forge.replies[0]).toMatch(/^<!-- trueup:reply:1 -->\n@eve\n\n✅ `\/trueup apply --env prod` · prod\napply ended well/);
    expect(await answer(forge, id, { actions })).toEqual({ kind: "ignored", why: "it is answered" });
    expect(done).toHaveLength(4);
  });

  it("is read with the branches as they are, also in a job whose clone was made a moment ago: what a preview showed is known by them", async () => {
    const [forge, estate] = [newForge(), await runner()];
    const known: (string | undefined)[] = [];
    const sightings: CommentRequest["sightings"] = async ({ base }) => {
      known.push(await estate.repository.branch(base));
      return [];
    };
    await answerComment(estate, forge, { pullRequest: 7, comment: forge.write("/trueup status"), actions: noted().actions, sightings });
    expect(known).toEqual([expect.stringMatching(/^[0-9a-f]{40}$/)]);
  });

  it("is answered for a part of a branch, and a fork told of it, though the file of an environment beside it is broken", async () => {
    const [forge, estate, only] = [newForge(), await runner(), ["prod"]];
    await estate.repository.fetch();
    const request = { pullRequest: 7, comment: forge.write("/trueup status --env prod"), only, actions: noted().actions, sightings: async () => [] };
    expect((await answerComment(estate, forge, request)).kind).toBe("answered");
    expect(await tellFork(estate, forge, { pullRequest: await forge.pullRequest(7), only })).toBe(true);
    expect(forge.replies.map((reply) => reply.split("\n")[0])).toEqual(["<!-- trueup:reply:1:prod -->", "<!-- trueup:preview:prod -->"]);
  });

  it("is left alone when it is edited, a bot's, ours, gone, or says nothing to us", async () => {
    const forge = newForge();
    const ids = [forge.write("/trueup apply", { edited: true }), forge.write("/trueup apply", { bot: true }), forge.write("> /trueup apply"), "99"];
    await forge.saveComment(7, "/trueup help", "/trueup help");
    const estate = await runner();
    for (const id of [...ids, "4"]) expect((await answer(forge, id, { estate })).kind).toBe("ignored");
    expect(forge.reactions).toEqual([]);
    expect(forge.replies).toEqual(["/trueup help"]);
  });

  it("is refused in words: rights, a head that moved, what is not understood, an unreadable environment; later changes are not run", async () => {
    const forge = newForge();
    const { done, actions } = noted();
    const estate = await runner();
    await answer(forge, forge.write("/trueup apply --env prod\n/trueup status", { by: "rea" }), { actions, estate });
    await answer(forge, forge.write("/trueup aply\n/trueup apply --env prod\n/trueup drift --env prod"), { actions, estate });
    await answer(forge, forge.write("/trueup apply --env broken"), { actions, estate });
    expect(done.map((line) => line.split(" at ")[0])).toEqual(["status prod", "status prod-eu", "drift prod"]);
    expect(forge.replies[0]).toMatch(/may not apply in prod: you may not write/);
    expect(forge.replies[1]).toMatch(/Did you mean "apply"\?[\s\S]*not run, because line 1 was refused/);
    expect(forge.replies[2]).toMatch(/broken is no environment of the branch env\/prod.*broken cannot be read/);
    expect(forge.reactions).toContain("1 refused");
    // The change itself lets everybody apply: it does not count before it is on the branch.
    await answer(forge, forge.write("/trueup apply --env prod", { by: "joe" }), { actions, estate });
    expect(forge.replies[3]).toMatch(/may not apply in prod: only @&#8203;acme\/ops may/);
  });

  it("is about the head that was there when it was written", async () => {
    const forge = newForge();
    const { done, actions } = noted();
    const estate = await runner();
    const older = "b".repeat(40);
    forge.request = { ...forge.request, updatedAt: "2026-11-21T10:01:00Z" };
    await answer(forge, forge.write("/trueup apply --env prod"), { actions, estate, sightings: [{ commit: older, at: "2026-11-21T09:30:00Z" }] });
    expect(done).toEqual([]);
    expect(forge.replies[0]).toContain(`written for bbbbbbb, the head is ${head.slice(0, 7)} now`);
    await answer(forge, forge.write("/trueup apply --env prod"), { actions, estate, sightings: [{ commit: head, at: "2026-11-21T09:30:00Z" }] });
    expect(done).toHaveLength(1);
  });

  it("is refused when the head moves between its lines", async () => {
    const forge = newForge();
    const { done, actions } = noted(async () => {
      forge.request = { ...forge.request, head: { branch: "change", commit: "c".repeat(40) } };
    });
    await answer(forge, forge.write("/trueup preview --env prod\n/trueup apply --env prod"), { actions });
    expect(done).toHaveLength(1);
    expect(forge.replies[0]).toMatch(/the head is ccccccc now/);
  });

  it("tells an action that failed, and does not begin the environments after it", async () => {
    const forge = newForge();
    const { done, actions } = noted(async () => {
      throw new Problem("HELD", { what: "waiting for @all", on: "prod", todo: "Approve it." });
    });
    await answer(forge, forge.write("/trueup apply --env prod --env prod-eu"), { actions });
    expect(done).toHaveLength(1);
    expect(forge.replies[0]).toMatch(/❌[^\n]*· prod\nHELD: waiting for @&#8203;all\. Approve it\.[\s\S]*· prod-eu\nnot begun/);
  });

  it("has help for every command", async () => {
    const forge = newForge();
    await answer(forge, forge.write("/trueup help", { by: "rea" }));
    for (const verb of verbNames) expect(forge.replies[0]).toContain(`/trueup ${verb}`);
  });
});

describe("a preview of several environments", () => {
  it("is one call: its comment is one", async () => {
    const forge = newForge();
    const { done, actions } = noted(async ({ environments }) => expect(environments).toEqual(["prod", "prod-eu"]));
    await answer(forge, forge.write("/trueup preview"), { actions });
    expect(done).toHaveLength(1);
    expect(forge.replies[0]).toContain("· prod, prod-eu\npreview ended well");
  });
});

describe("a command that changes something runs once", () => {
  it("when two runners read the comment at the same time: who does not get the claim answers nothing", async () => {
    const forge = newForge();
    const id = forge.write("/trueup apply --env prod");
    const release = Promise.withResolvers<void>();
    const { done, actions } = noted(() => release.promise);
    const both = [await runner(), await runner()].map(async (estate) => {
      const told = await answer(forge, id, { actions, estate });
      release.resolve();
      return told.kind;
    });
    expect((await Promise.all(both)).sort()).toEqual(["answered", "elsewhere"]);
    expect(done).toHaveLength(1);
    expect(forge.replies).toHaveLength(1);
    expect(forge.replies[0]).toContain("apply ended well");
  });

  it("control: a command that only looks is not claimed, and runs in both", async () => {
    const forge = newForge();
    const id = forge.write("/trueup status --env prod");
    const { done, actions } = noted();
    const runners = [await runner(), await runner()];
    const barrier = Promise.withResolvers<void>();
    let seen = 0;
    forge.react = async () => {
      if (++seen === 2) barrier.resolve();
      await barrier.promise;
    };
    await Promise.all(runners.map((estate) => answer(forge, id, { actions, estate })));
    expect(done).toHaveLength(2);
    expect(forge.replies).toHaveLength(1);
  });

  it("when the run died before it answered: said after an hour, not run again", async () => {
    const forge = newForge();
    const id = forge.write("/trueup apply --env prod");
    const { done, actions } = noted();
    forge.isDown = true;
    await expect(answer(forge, id, { actions })).rejects.toThrow("no answer");
    forge.isDown = false;
    expect((await answer(forge, id, { actions })).kind).toBe("elsewhere");
    expect(forge.replies).toEqual([]);
    const later = { ...systemClock, now: () => new Date(Date.now() + 61 * 60_000) };
    expect((await answer(forge, id, { actions, estate: await runner(later) })).kind).toBe("answered");
    expect(done).toHaveLength(1);
    expect(forge.replies[0]).toMatch(/was begun at .*how it ended is not known/);
  });
});

describe("locks and runs, in the ledger", () => {
  it("are set once and stay away once they were taken away, also when the comment is delivered again", async () => {
    const forge = newForge();
    const estate = await runner();
    const lock = forge.write('/trueup lock "until noon" --env prod --stack shop', { by: "joe" });
    await answer(forge, lock, { estate });
    expect((await recordOf(estate))?.holds).toEqual([expect.objectContaining({ by: "joe", reason: "until noon", stacks: ["shop"], until: null })]);
    expect((await (await ledgerOf(estate, "prod")).log(1))[0]).toMatchObject({
      sentence: "prod: @joe locks stack shop: until noon",
      trailers: { Comment: "7/1/1" },
    });
    await answer(forge, forge.write("/trueup unlock --env prod", { by: "eve" }), { estate });
    expect(forge.replies[1]).toMatch(/another&#39;s lock|another's lock/);
    await answer(forge, forge.write("/trueup unlock --env prod", { by: "max" }), { estate });
    expect((await recordOf(estate))?.holds).toEqual([]);
    // The reply is lost, and the comment delivered again.
    forge.said.splice(0, forge.said.length, ...forge.said.filter((one) => !one.body.includes("reply:1 ")));
    expect((await answer(forge, lock, { estate: await runner() })).kind).toBe("answered");
    expect((await recordOf(estate))?.holds).toEqual([]);
  });

  it("are taken away by who set them; one that somebody else sets meanwhile stays", async () => {
    const forge = newForge();
    const estate = await runner();
    await answer(forge, forge.write('/trueup lock "a" --env prod', { by: "joe" }), { estate });
    const slow = await runner();
    const read = forge.person;
    forge.person = async (login) => {
      const found = await read(login);
      if (login !== "joe") return found;
      forge.person = read;
      await answer(forge, forge.write('/trueup lock "b" --env prod'), { estate });
      return found;
    };
    await answer(forge, forge.write("/trueup unlock --env prod", { by: "joe" }), { estate: slow });
    expect((await recordOf(estate))?.holds.map(({ by }) => by)).toEqual(["eve"]);
  });

  it("are holds like those of the command line, which unlock lifts too; a pin, a freeze and what is over are none", async () => {
    const forge = newForge();
    const estate = await runner();
    const hour = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();
    const one = (id: string, more: object = {}) => ({ id, stacks: [], reason: "r", by: "max", since: hour(-2), until: hour(1), ...more });
    await (
      await ledgerOf(estate, "prod")
    ).record((current) => ({
      next: { ...current, holds: [one("suspended"), one("pinned", { kind: "pin" })], freezes: [{ ...one("frozen"), run: null }] },
      sentence: "set on the command line",
    }));
    await answer(forge, forge.write("/trueup unlock --env prod", { by: "max" }), { estate });
    const record = await recordOf(estate);
    expect([...(record?.holds ?? []), ...(record?.freezes ?? [])].map(({ id }) => id)).toEqual(["pinned", "frozen"]);
    await answer(forge, forge.write("/trueup unlock --env prod", { by: "max" }), { estate });
    expect(forge.replies[1]).toMatch(/prod is not locked/);
  });

  it("a run is cancelled once: a later delivery does not cancel the run after it", async () => {
    const forge = newForge();
    const estate = await runner();
    const ledger = await ledgerOf(estate, "prod");
    await ledger.takeLease("run-1");
    const id = forge.write('/trueup cancel "it hangs" --env prod', { by: "max" });
    await answer(forge, id, { estate });
    expect((await recordOf(estate))?.lease).toBeNull();
    expect((await ledger.log(1))[0]?.sentence).toBe("prod: @max takes the lease away from run run-1: it hangs");
    await ledger.takeLease("run-2");
    forge.said.splice(1);
    expect((await answer(forge, id, { estate: await runner() })).kind).toBe("elsewhere");
    expect((await recordOf(estate))?.lease?.run).toBe("run-2");
  });

  it("another's run is not cancelled by who may only write", async () => {
    const forge = newForge();
    const estate = await runner();
    await (await ledgerOf(estate, "prod")).takeLease("run-1");
    await answer(forge, forge.write("/trueup cancel --env prod"), { estate });
    expect((await recordOf(estate))?.lease?.run).toBe("run-1");
    expect(forge.replies[0]).toMatch(/run is only for maintainers/);
  });
});
