import { expect } from "vitest";
import type { Standin } from "../../../src/satellites/forge-standin/index.ts";
import type { Case } from "../subject.ts";
import { problemOf } from "../subject.ts";

const status = "trueup/preview (prod)";
const wanted = { requiredApprovals: 1, requiresCodeOwners: true, requiredStatuses: [status] };
const writes = (standin: Standin): number => standin.requests.filter(({ method }) => method !== "GET").length;
const statuses = (standin: Standin): readonly string[] => (standin.traits.requiredStatuses ? [status] : []);

/** Protecting a branch, by somebody who may. */
export const protecting: readonly Case[] = [
  {
    says: "an open branch is protected as wanted, as far as the host can, and asked again nothing is written",
    ask: async ({ standin, open }) => {
      const forge = open({ login: "ann" });
      standin.push("ann", "env/prod");
      const held = {
        exists: true,
        protected: true,
        requiredApprovals: 1,
        requiresCodeOwners: true,
        allowsForcePush: false,
        allowsDeletion: false,
        requiredStatuses: statuses(standin),
        mayPush: [],
      };
      expect(await forge.protection("env/prod", wanted)).toEqual(held);
      expect(await forge.protection("env/prod")).toEqual(held);
      const before = writes(standin);
      expect(await forge.protection("env/prod", wanted)).toEqual(held);
      if (standin.traits.requiredStatuses) expect(writes(standin)).toBe(before);
      expect(await forge.protection("main")).toMatchObject({ protected: false });
    },
  },
  {
    says: "a branch that nobody reviews is only kept from being rewritten and deleted",
    ask: async ({ standin, open }) => {
      const forge = open({ login: "ann" });
      standin.push("ann", "trueup/prod");
      const none = { requiredApprovals: 0, requiresCodeOwners: false, requiredStatuses: [] };
      expect(await forge.protection("trueup/prod", none)).toEqual({
        exists: true,
        protected: true,
        requiredApprovals: 0,
        requiresCodeOwners: false,
        allowsForcePush: false,
        allowsDeletion: false,
        requiredStatuses: [],
        mayPush: ["*write*"],
      });
    },
  },
  {
    says: "a branch that everyone may push to is closed to them once reviews are wanted",
    ask: async ({ standin, open }) => {
      const forge = open({ login: "ann" });
      standin.push("ann", "env/prod");
      const none = { requiredApprovals: 0, requiresCodeOwners: false, requiredStatuses: [] };
      expect((await forge.protection("env/prod", none)).mayPush).toEqual(["*write*"]);
      expect(await forge.protection("env/prod", { ...none, requiredApprovals: 1 })).toMatchObject({ requiredApprovals: 1, mayPush: [] });
    },
  },
  {
    says: "what people protect more strictly stays, and what they left open is added to it",
    ask: async ({ standin, open }) => {
      const forge = open({ login: "ann" });
      standin.protect("main", { requiredApprovals: 2, requiredStatuses: ["build"], allowsForcePush: true });
      const now = await forge.protection("main", { ...wanted, requiresCodeOwners: false });
      expect(now).toMatchObject({ requiredApprovals: 2, requiresCodeOwners: false, allowsForcePush: false, allowsDeletion: false });
      if (standin.traits.requiredStatuses) expect([...now.requiredStatuses].sort()).toEqual(["build", status]);
      const more = await forge.protection("main", { requiredApprovals: 3, requiresCodeOwners: true, requiredStatuses: [] });
      expect(more).toMatchObject({ requiredApprovals: 3, requiresCodeOwners: true });
      expect(await forge.protection("main", { requiredApprovals: 1, requiresCodeOwners: false, requiredStatuses: [] })).toEqual(more);
    },
  },
  {
    says: "who may not protect it is refused, and a branch that is not there is missing: nothing is changed",
    ask: async ({ standin, open }) => {
      standin.push("ann", "env/prod");
      expect((await problemOf(open({ login: "bob" }).protection("env/prod", wanted))).code).toBe("FORGE_REFUSED");
      const forge = open({ login: "ann" });
      expect((await problemOf(forge.protection("env/none", wanted))).code).toBe("FORGE_MISSING");
      expect(await forge.protection("env/prod")).toMatchObject({ protected: false });
      expect(standin.events.filter(({ did }) => did === "protection.write")).toEqual([]);
    },
  },
  {
    says: "a branch whose protection was written, and the answer lost, is protected once",
    ask: async ({ standin, open }) => {
      const forge = open({ login: "ann" });
      standin.push("ann", "env/prod");
      standin.fault({ match: "protection.write", times: 1, drop: "after" });
      expect(await forge.protection("env/prod", { ...wanted, requiresCodeOwners: false, requiredApprovals: 0 })).toMatchObject({ protected: true });
      expect(standin.events.filter(({ did }) => did === "protection.write")).toHaveLength(1);
    },
  },
];
