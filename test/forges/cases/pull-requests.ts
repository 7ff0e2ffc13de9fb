import { expect } from "vitest";
import type { MergeStyle } from "../../../src/satellites/forge-standin/index.ts";
import { problemOf, someChange, type Case } from "../subject.ts";

const numbers = (found: readonly { readonly number: number }[]): number[] => found.map(({ number }) => number);

function landedBy(style: MergeStyle): Case {
  return {
    says: `one that came in by ${style} is found by the commit on the base branch`,
    ask: async ({ standin, forge }) => {
      standin.push("ann", "feature");
      standin.push("ann", "feature");
      const number = standin.openPullRequest("ann", { head: "feature" });
      standin.push("bob", "main");
      standin.push("bob", "bystander");
      standin.openPullRequest("bob", { head: "bystander" });
      const tip = standin.merge("cyd", number, style);
      expect(standin.head("main")).toBe(tip);
      const found = await forge.pullRequests({ commit: tip, state: "merged" });
      expect(found).toMatchObject([{ number, state: "merged", mergedBy: "cyd", mergeCommit: tip }]);
      expect(await forge.pullRequest(number)).toMatchObject({ state: "merged", mergedBy: "cyd", mergeCommit: tip });
      expect(await forge.pullRequests({ commit: tip, state: "open" })).toEqual([]);
    },
  };
}

const reading: readonly Case[] = [
  {
    says: "a pull request is read as it is now",
    ask: async ({ standin, forge }) => {
      standin.push("ann", "feature");
      const number = standin.openPullRequest("ann", { head: "feature", title: "Add a shop", draft: true });
      const commit = standin.head("feature");
      const first = await forge.pullRequest(number);
      expect(first).toMatchObject({ number, state: "open", draft: true, author: "ann", base: "main", head: { branch: "feature", commit }, fork: false });
      expect(first.title).toContain("Add a shop");
      expect([first.mergedBy, first.mergeCommit]).toEqual([undefined, undefined]);
      expect(first.url).toMatch(/^https?:\/\//);
      expect(first.updatedAt).toMatch(/^\d{4}-\d\d-\d\dT/);
      const pushed = standin.push("bob", "feature");
      expect((await forge.pullRequest(number)).head.commit).toBe(pushed);
      standin.closePullRequest(number);
      expect((await forge.pullRequest(number)).state).toBe("closed");
    },
  },
  {
    says: "one that is not there is FORGE_MISSING",
    ask: async ({ forge }) => {
      expect((await problemOf(forge.pullRequest(4711))).code).toBe("FORGE_MISSING");
      expect((await problemOf(forge.comments(4711))).code).toBe("FORGE_MISSING");
      expect((await problemOf(forge.approvals(4711))).code).toBe("FORGE_MISSING");
    },
  },
  ...(["merge", "squash", "rebase"] as const).map(landedBy),
  {
    says: "by commit: the one whose head it is, not one that has moved on",
    ask: async (subject) => {
      const { standin, forge } = subject;
      const number = someChange(subject);
      const old = standin.head("feature");
      someChange(subject, "other");
      expect(numbers(await forge.pullRequests({ commit: old, state: "open" }))).toEqual([number]);
      const next = standin.push("ann", "feature");
      expect(numbers(await forge.pullRequests({ commit: next, state: "all" }))).toEqual([number]);
      expect(numbers(await forge.pullRequests({ commit: old, state: "open" }))).toEqual([]);
    },
  },
  {
    says: "a commit that nobody knows is in no pull request, or missing",
    ask: async ({ forge }) => {
      const found = await forge.pullRequests({ commit: "0123456789012345678901234567890123456789", state: "all" }).catch((error: unknown) => error);
      if (Array.isArray(found)) expect(found).toEqual([]);
      else expect(found).toMatchObject({ code: "FORGE_MISSING" });
    },
  },
  {
    says: "by base and state, newest first",
    ask: async (subject) => {
      const { standin, forge } = subject;
      standin.push("ann", "prod");
      const [open, merged, closed] = ["a", "b", "c"].map((head) => someChange(subject, head)) as [number, number, number];
      standin.push("ann", "d");
      const elsewhere = standin.openPullRequest("ann", { head: "d", base: "prod" });
      standin.merge("ann", merged, "merge");
      standin.closePullRequest(closed);
      expect(numbers(await forge.pullRequests({ base: "main", state: "all" }))).toEqual([closed, merged, open]);
      expect(numbers(await forge.pullRequests({ base: "main", state: "open" }))).toEqual([open]);
      expect(numbers(await forge.pullRequests({ base: "main", state: "merged" }))).toEqual([merged]);
      expect(numbers(await forge.pullRequests({ base: "prod", state: "all" }))).toEqual([elsewhere]);
      expect(numbers(await forge.pullRequests({ state: "open" }))).toEqual([elsewhere, open]);
    },
  },
  {
    says: "only those that changed since a time, whatever their state",
    ask: async ({ standin, forge }) => {
      const day = 24 * 3_600_000;
      for (const head of ["old", "new", "merged"]) standin.push("ann", head);
      standin.openPullRequest("ann", { head: "old", at: new Date(Date.now() - 2 * day) });
      const [fresh, merged] = ["new", "merged"].map((head) => standin.openPullRequest("ann", { head })) as [number, number];
      standin.merge("ann", merged, "merge");
      const since = new Date(Date.now() - day).toISOString();
      expect(numbers(await forge.pullRequests({ state: "all", since }))).toEqual([merged, fresh]);
      expect(numbers(await forge.pullRequests({ base: "main", state: "open", since }))).toEqual([fresh]);
      expect(numbers(await forge.pullRequests({ state: "merged", since: new Date(Date.now() + day).toISOString() }))).toEqual([]);
    },
  },
  {
    says: "all 130 open pull requests are read",
    ask: async ({ standin, forge }) => {
      standin.push("ann", "feature");
      const newest = standin.openMany(130, { by: "ann", head: "feature", base: "main" });
      expect(numbers(await forge.pullRequests({ base: "main", state: "open" }))).toEqual(Array.from({ length: 130 }, (_, index) => newest - index));
    },
  },
  {
    says: "a head in another repository is said to be a fork",
    ask: async (subject) => {
      const { standin, forge } = subject;
      const own = someChange(subject);
      standin.push("mallory", "evil", { fork: "mallory" });
      const foreign = standin.openPullRequest("mallory", { head: "evil", fork: "mallory" });
      expect([(await forge.pullRequest(own)).fork, (await forge.pullRequest(foreign)).fork]).toEqual([false, true]);
      expect((await forge.pullRequests({ base: "main", state: "open" })).map(({ fork }) => fork)).toEqual([true, false]);
    },
  },
];

const draft = { head: "promote", base: "main", title: "Promote", body: "Three changes." };

const saving: readonly Case[] = [
  {
    says: "opens one, and then updates that one",
    ask: async (subject) => {
      const { standin, forge } = subject;
      standin.push("ann", "promote");
      const first = await forge.savePullRequest(draft);
      expect(first).toMatchObject({ state: "open", base: "main", head: { branch: "promote" }, author: subject.us, title: "Promote" });
      expect((await forge.savePullRequest(draft)).number).toBe(first.number);
      const updated = await subject.open().savePullRequest({ ...draft, title: "Promote four" });
      expect(updated).toMatchObject({ number: first.number, title: "Promote four" });
      expect(numbers(await forge.pullRequests({ state: "all" }))).toEqual([first.number]);
    },
  },
  {
    says: "one whose answer was lost is there once",
    ask: async (subject) => {
      const { standin, forge } = subject;
      standin.push("ann", "promote");
      standin.fault({ match: "pull.create", drop: "after" });
      await forge.savePullRequest(draft).catch(() => undefined);
      standin.clearFaults();
      const { number } = await subject.open().savePullRequest(draft);
      expect(numbers(await forge.pullRequests({ state: "all" }))).toEqual([number]);
    },
  },
  {
    says: "a closed one is not opened again: another is",
    ask: async ({ standin, forge }) => {
      standin.push("ann", "promote");
      const first = await forge.savePullRequest(draft);
      standin.closePullRequest(first.number);
      const second = await forge.savePullRequest(draft);
      expect(second.state).toBe("open");
      expect(second.number).not.toBe(first.number);
    },
  },
  {
    says: "merges when asked, once, also when the answer is lost",
    ask: async (subject) => {
      const { standin, forge } = subject;
      const head = standin.push("ann", "promote");
      standin.fault({ match: "pull.merge", drop: "after" });
      const merged = await forge.savePullRequest({ ...draft, merge: "now" }).catch(() => undefined);
      standin.clearFaults();
      const again = await subject.open().savePullRequest({ ...draft, merge: "now" });
      if (merged !== undefined) expect(again.number).toBe(merged.number);
      expect(again).toMatchObject({ state: "merged", mergedBy: subject.us, mergeCommit: standin.head("main") });
      expect(standin.head("main")).not.toBe(head);
      expect(standin.events.filter(({ did }) => did.startsWith("pull.merge"))).toHaveLength(1);
      expect(numbers(await forge.pullRequests({ state: "all" }))).toEqual([again.number]);
    },
  },
  {
    says: "says FORGE_REFUSED when the host does not merge, and nothing is merged",
    ask: async ({ standin, forge }) => {
      standin.push("ann", "promote");
      standin.protect("main", { requiredApprovals: 1 });
      const before = standin.head("main");
      expect((await problemOf(forge.savePullRequest({ ...draft, merge: "now" }))).code).toBe("FORGE_REFUSED");
      expect(standin.head("main")).toBe(before);
    },
  },
  {
    says: "merges when ready: at once, or when the last condition holds",
    ask: async ({ standin, forge }) => {
      standin.push("ann", "promote");
      expect((await forge.savePullRequest({ ...draft, merge: "when-ready" })).state).toBe("merged");
      standin.protect("main", { requiredApprovals: 1 });
      standin.push("ann", "next");
      const waiting = await forge.savePullRequest({ ...draft, head: "next", merge: "when-ready" });
      expect(waiting.state).toBe("open");
      expect((await forge.savePullRequest({ ...draft, head: "next", merge: "when-ready" })).number).toBe(waiting.number);
      standin.approve("bob", waiting.number);
      expect((await forge.pullRequest(waiting.number)).state).toBe("merged");
    },
  },
];

export const pullRequestCases: readonly Case[] = [...reading, ...saving];
