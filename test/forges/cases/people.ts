import { expect } from "vitest";
import type { ForgeApproval } from "../../../src/adapters/forges/index.ts";
import { someChange, type Case } from "../subject.ts";
import { protecting } from "./protecting.ts";

const by = (approvals: readonly ForgeApproval[]): string[] => approvals.map((approval) => approval.by).sort();

const approvals: readonly Case[] = [
  {
    says: "of each person the newest approval, with its time",
    ask: async (subject) => {
      const { standin, forge } = subject;
      const number = someChange(subject);
      standin.approve("bob", number);
      standin.dismiss("bob", number);
      const before = Math.floor(Date.now() / 1000) * 1000;
      standin.approve("cyd", number);
      standin.approve("bob", number);
      const read = await forge.approvals(number);
      expect(by(read)).toEqual(["bob", "cyd"]);
      for (const { at } of read) expect(Date.parse(at)).toBeGreaterThanOrEqual(before);
    },
  },
  {
    says: "an approval that was dismissed or turned into a request for changes does not stand; a remark takes none back",
    ask: async (subject) => {
      const { standin, forge } = subject;
      const number = someChange(subject);
      for (const login of ["ann", "bob", "cyd"]) standin.approve(login, number);
      standin.remark("cyd", number);
      expect(by(await forge.approvals(number))).toEqual(["ann", "bob", "cyd"]);
      standin.dismiss("ann", number);
      standin.requestChanges("bob", number);
      expect(by(await forge.approvals(number))).toEqual(["cyd"]);
    },
  },
  {
    says: "an approval before a push, also before a force-push, is of the older commit",
    ask: async (subject) => {
      const { standin, forge } = subject;
      const number = someChange(subject);
      const approved = standin.head("feature");
      standin.approve("bob", number);
      const check = async (): Promise<void> => {
        const [approval] = await forge.approvals(number);
        if (forge.capabilities.approvalCommit) expect(approval?.commit).toBe(approved);
        else expect([approved, undefined]).toContain(approval?.commit);
        expect((await forge.pullRequest(number)).head.commit).toBe(standin.head("feature"));
        expect(standin.head("feature")).not.toBe(approved);
      };
      standin.push("ann", "feature");
      await check();
      standin.push("mallory", "feature", { parent: standin.head("main"), files: { "evil.txt": "evil" } });
      await check();
      standin.approve("bob", number);
      const [renewed] = await forge.approvals(number);
      if (renewed?.commit !== undefined) expect(renewed.commit).toBe(standin.head("feature"));
    },
  },
  {
    says: "an approval behind 120 remarks is read",
    ask: async (subject) => {
      const { standin, forge } = subject;
      const number = someChange(subject);
      for (let index = 0; index < 120; index++) standin.remark(index % 2 === 0 ? "ann" : "cyd", number);
      standin.approve("bob", number);
      expect(by(await forge.approvals(number))).toEqual(["bob"]);
    },
  },
];

const pushers: readonly Case[] = [
  {
    says: "who pushed is whom the host knows, whoever the commits say they are of",
    ask: async (subject) => {
      const { standin, forge } = subject;
      const number = someChange(subject);
      const read = async (): Promise<unknown> => {
        const { pushers: logins, pushersUnknown } = await forge.pullRequest(number);
        return [[...logins].sort(), pushersUnknown];
      };
      expect(await read()).toEqual([["ann"], undefined]);
      standin.push("bob", "feature", { as: "ann" });
      expect(await read()).toEqual([["ann", "bob"], undefined]);
      standin.push("cyd", "feature", { parent: standin.head("main"), as: "ann" });
      standin.push("ann", "feature");
      expect(await read()).toEqual([["ann", "bob", "cyd"], undefined]);
      const tip = standin.merge("ann", number, "merge");
      // A branch may go on after its merge.
      standin.push("dan", "feature", { as: "ann" });
      expect(await read()).toEqual([["ann", "bob", "cyd"], undefined]);
      expect(await forge.pullRequests({ commit: tip, state: "merged" })).toMatchObject([
        { number, pushers: expect.arrayContaining(["bob", "cyd"]) as string[] },
      ]);
    },
  },
  {
    says: "where the host does not show who pushed, that is said and no failure",
    ask: async (subject) => {
      const { standin, forge } = subject;
      const number = someChange(subject);
      for (const status of [403, 404]) {
        standin.fault({ match: /\/(activity|events)\?/, times: 50, status });
        expect((await forge.pullRequest(number)).pushersUnknown).toEqual(expect.stringMatching(/who pushed/));
        standin.clearFaults();
      }
      expect((await forge.pullRequest(number)).pushersUnknown).toBeUndefined();
    },
  },
  {
    says: "of a fork that we may not read it is not known who pushed",
    ask: async ({ standin, forge }) => {
      standin.push("mallory", "evil", { fork: "mallory" });
      const number = standin.openPullRequest("mallory", { head: "evil", fork: "mallory" });
      expect((await forge.pullRequest(number)).pushersUnknown).toEqual(expect.stringMatching(/who pushed/));
    },
  },
];

const people: readonly Case[] = [
  {
    says: "what a person may do is read as it is now",
    ask: async ({ standin, forge }) => {
      for (const permission of ["admin", "maintain", "write", "read", "none"] as const) {
        standin.setPermission("bob", permission);
        expect(await forge.person("bob", [])).toEqual({ login: "bob", permission, teams: [] });
      }
    },
  },
  {
    says: "somebody whom the host does not know may do nothing",
    ask: async ({ forge }) => {
      expect(await forge.person("nobody-of-that-name", [])).toMatchObject({ permission: "none", teams: [] });
    },
  },
  {
    says: "of the teams asked, those that the person is in now, as they were written",
    where: ({ capabilities }) => capabilities.teams,
    ask: async ({ standin, forge }) => {
      const team = standin.traits.teamName;
      standin.addToTeam(team, "bob");
      standin.addToTeam(team, "cyd", "pending");
      standin.addToTeam("@acme/network", "ann");
      const asked = [team, "@acme/network", "@acme/no-such-team"];
      const teams = async (login: string): Promise<readonly string[]> => (await forge.person(login, asked)).teams;
      expect(await teams("bob")).toEqual([team]);
      expect(await teams("ann")).toEqual(["@acme/network"]);
      expect(await teams("cyd")).toEqual([]);
      expect((await forge.person("bob", [])).teams).toEqual([]);
      standin.removeFromTeam(team, "bob");
      expect(await teams("bob")).toEqual([]);
    },
  },
];

const jobs: readonly Case[] = [
  {
    says: "a job runs until it ends, however it ends",
    ask: async ({ standin, forge }) => {
      for (const end of ["success", "failure", "cancelled"] as const) {
        const job = standin.startJob();
        expect(await forge.jobState(job)).toBe("running");
        standin.endJob(job, end);
        expect(await forge.jobState(job)).toBe("ended");
      }
    },
  },
  {
    says: "a job that waits for its turn has not ended",
    ask: async ({ standin, forge }) => {
      expect(await forge.jobState(standin.startJob("apply", { queued: true }))).not.toBe("ended");
    },
  },
  {
    says: "an attempt that ended has ended, though the next one runs",
    ask: async ({ standin, forge }) => {
      const first = standin.startJob();
      standin.endJob(first, "failure");
      const second = standin.startJob("apply", { again: first });
      expect([await forge.jobState(first), await forge.jobState(second)]).toEqual(["ended", "running"]);
    },
  },
  {
    says: "a job that the host does not know is unknown, and a host that fails proves nothing",
    ask: async (subject) => {
      const { standin, forge } = subject;
      expect(await forge.jobState({ run: "999999", job: "888888" })).toBe("unknown");
      const job = standin.startJob();
      for (const fault of [{ status: 502 }, { status: 403 }, { body: "<html>", contentType: "text/html" }, { drop: "before" as const }]) {
        standin.fault({ match: "job", times: 50, ...fault });
        const said = await forge.jobState(job).catch(() => "failed");
        expect(["unknown", "failed"]).toContain(said);
        standin.clearFaults();
      }
      expect(await forge.jobState(job)).toBe("running");
    },
  },
];

const protection: readonly Case[] = [
  {
    says: "a branch that is not there, and one without protection",
    ask: async ({ standin, open }) => {
      const forge = open({ login: "ann" });
      standin.push("ann", "plain");
      expect(await forge.protection("no-such-branch")).toMatchObject({ exists: false, protected: false });
      expect(await forge.protection("plain")).toMatchObject({ exists: true, protected: false, requiredApprovals: 0, requiredStatuses: [] });
    },
  },
  {
    says: "how a branch is protected",
    ask: async ({ standin, open }) => {
      const forge = open({ login: "ann" });
      const { traits } = standin;
      standin.push("ann", "release/1.0");
      for (const branch of ["main", "release/1.0"]) {
        standin.protect(branch, { requiredApprovals: 2, requiresCodeOwners: true, requiredStatuses: ["trueup/preview (prod)"] });
        expect(await forge.protection(branch)).toMatchObject({
          exists: true,
          protected: true,
          requiredApprovals: 2,
          requiresCodeOwners: true,
          allowsForcePush: false,
          allowsDeletion: false,
          requiredStatuses: traits.requiredStatuses ? ["trueup/preview (prod)"] : [],
        });
      }
      standin.protect("main", { allowsForcePush: true, allowsDeletion: traits.deletionWhenProtected });
      expect(await forge.protection("main")).toMatchObject({
        protected: true,
        requiredApprovals: 0,
        requiresCodeOwners: false,
        allowsForcePush: true,
        allowsDeletion: traits.deletionWhenProtected,
        requiredStatuses: [],
        mayPush: ["*write*"],
      });
    },
  },
  {
    says: "who may push directly: people and teams by their names",
    ask: async ({ standin, open }) => {
      const team = standin.traits.teamName;
      standin.addToTeam(team, "bob");
      standin.protect("main", { mayPush: ["cyd", team] });
      expect([...(await open({ login: "ann" }).protection("main")).mayPush].sort()).toEqual([team, "cyd"]);
    },
  },
  {
    says: "whoever may not see the protection never reads that there is none",
    ask: async ({ standin, open }) => {
      standin.protect("main", { requiredApprovals: 1 });
      const said = await open({ login: "dan" })
        .protection("main")
        .catch((error: unknown) => error);
      if (said instanceof Error) expect(said).toMatchObject({ code: "FORGE_REFUSED" });
      else expect(said).toMatchObject({ protected: true });
    },
  },
];

export const peopleCases: readonly Case[] = [...approvals, ...pushers, ...people, ...jobs, ...protection, ...protecting];
