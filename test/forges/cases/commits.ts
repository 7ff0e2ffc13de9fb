import { expect } from "vitest";
import type { Annotation, Status } from "../../../src/adapters/forges/index.ts";
import type { ShownStatus } from "../../../src/satellites/forge-standin/index.ts";
import { someChange, type Case, type Subject } from "../subject.ts";

const name = "trueup/preview (prod)";

function shown({ standin }: Subject, commit: string): readonly ShownStatus[] {
  const all = standin.statuses(commit);
  expect(all.map(({ copies }) => copies)).toEqual(all.map(() => 1));
  return all;
}

/** A plain status has one word for "not finished". */
const isOpen = (state: string | undefined): boolean => state === "running" || state === "waiting";

const annotations = (count: number): Annotation[] =>
  Array.from({ length: count }, (_, index) => ({
    path: "environments/prod/environment.ts",
    line: index + 1,
    level: "warning",
    title: `note ${index}`,
    message: `see line ${index + 1}`,
  }));

const statuses: readonly Case[] = [
  {
    says: "each state of a status shows as it is, under one name",
    ask: async (subject) => {
      someChange(subject);
      const commit = subject.standin.head("feature");
      const seen: (string | undefined)[] = [];
      for (const state of ["waiting", "running", "success", "failure", "running", "success"] as const) {
        await subject.forge.setStatus(commit, { name, state, title: `it is ${state}`, url: "https://ci.example/run/1" });
        const [status, ...more] = shown(subject, commit);
        expect(more).toEqual([]);
        expect(status).toMatchObject({ name, title: `it is ${state}`, url: "https://ci.example/run/1" });
        seen.push(isOpen(status?.state) ? "open" : status?.state);
      }
      expect(seen).toEqual(["open", "open", "success", "failure", "open", "success"]);
    },
  },
  {
    says: "a status that is set again changes nothing, also by another run and after a lost answer",
    ask: async (subject) => {
      const { standin } = subject;
      someChange(subject);
      const commit = standin.head("feature");
      for (const state of ["running", "success"] as const) {
        const status: Status = { name, state, title: "as it is" };
        await subject.forge.setStatus(commit, status);
        const first = shown(subject, commit);
        await subject.forge.setStatus(commit, status);
        await subject.open().setStatus(commit, status);
        expect(shown(subject, commit)).toEqual(first);
      }
      const lost: Status = { name: "trueup/apply (prod)", state: "success", title: "applied" };
      standin.fault({ match: "status.write", drop: "after" });
      await subject.forge.setStatus(commit, lost).catch(() => undefined);
      standin.clearFaults();
      await subject.open().setStatus(commit, lost);
      expect(shown(subject, commit).filter((status) => status.name === lost.name)).toHaveLength(1);
    },
  },
  {
    says: "statuses of other names and other commits are left as they are",
    ask: async (subject) => {
      const { standin, forge } = subject;
      someChange(subject);
      const old = standin.head("feature");
      const next = standin.push("ann", "feature");
      await forge.setStatus(old, { name, state: "failure", title: "no" });
      await forge.setStatus(next, { name, state: "success", title: "yes" });
      await forge.setStatus(next, { name: "trueup/preview (dev)", state: "running", title: "on it" });
      expect(shown(subject, old).map(({ state }) => state)).toEqual(["failure"]);
      expect(
        shown(subject, next)
          .map((status) => status.name)
          .sort(),
      ).toEqual(["trueup/preview (dev)", name]);
    },
  },
  {
    says: "120 annotations all arrive, each once, also when they are set again",
    where: ({ capabilities }) => capabilities.annotations,
    ask: async (subject) => {
      someChange(subject);
      const commit = subject.standin.head("feature");
      const status: Status = { name, state: "failure", title: "120 findings", summary: "All of them.", annotations: annotations(120) };
      const wanted = annotations(120).map(({ path, line, level, message }) => ({ path, line, level, message }));
      for (let time = 0; time < 2; time++) {
        await subject.forge.setStatus(commit, status);
        expect(shown(subject, commit).map((entry) => entry.annotations)).toEqual([wanted]);
      }
    },
  },
  {
    says: "annotations whose answer was lost on the way arrive once",
    where: ({ capabilities }) => capabilities.annotations,
    ask: async (subject) => {
      const { standin, forge } = subject;
      someChange(subject);
      const commit = standin.head("feature");
      const status: Status = { name, state: "failure", title: "120 findings", annotations: annotations(120) };
      standin.fault({ match: "status.write", after: 1, drop: "after" });
      await forge.setStatus(commit, status).catch(() => undefined);
      standin.clearFaults();
      await forge.setStatus(commit, status);
      const lines = shown(subject, commit)[0]?.annotations.map(({ line }) => line) ?? [];
      expect(lines.sort((a, b) => a - b)).toEqual(Array.from({ length: 120 }, (_, index) => index + 1));
    },
  },
];

const deployments: readonly Case[] = [
  {
    says: "one deployment per environment and commit goes from running to its end",
    where: ({ capabilities }) => capabilities.deployments,
    ask: async (subject) => {
      const { standin, forge } = subject;
      const commit = standin.head("main");
      for (const state of ["running", "running", "failure", "running", "success", "success"] as const) {
        await forge.setDeployment(commit, { environment: "prod", state, description: `it is ${state}` });
        expect(standin.deployments()).toHaveLength(1);
      }
      await subject.open().setDeployment(commit, { environment: "prod", state: "success", description: "again" });
      expect(standin.deployments()).toEqual([{ environment: "prod", commit, state: "success" }]);
      const next = standin.push("ann", "main");
      await forge.setDeployment(next, { environment: "prod", state: "running", description: "next" });
      await forge.setDeployment(commit, { environment: "dev", state: "failure", description: "elsewhere" });
      expect(standin.deployments()).toEqual([
        { environment: "prod", commit, state: "success" },
        { environment: "prod", commit: next, state: "running" },
        { environment: "dev", commit, state: "failure" },
      ]);
    },
  },
  {
    says: "where an environment is found is told with its deployment, and again when it moved",
    where: ({ capabilities }) => capabilities.deployments,
    ask: async (subject) => {
      const { standin } = subject;
      const commit = standin.head("main");
      const told = async (state: "running" | "success", environmentUrl?: string): Promise<unknown> => {
        const where = environmentUrl === undefined ? {} : { environmentUrl };
        await subject.open().setDeployment(commit, { environment: "prod", state, description: "run 1", ...where });
        return standin.deployments().map(({ url }) => url);
      };
      const [first, moved] = ["https://prod.acme.example/", "https://shop.acme.example/"];
      expect([await told("running"), await told("success", first), await told("success", moved)]).toEqual([[undefined], [first], [moved]]);
      const asked = standin.requests.length;
      expect(await told("success", moved)).toEqual([moved]);
      expect(standin.requests.slice(asked).filter(({ purpose }) => purpose === "deployment.write")).toEqual([]);
      await subject.open().setDeployment(commit, { environment: "dev", state: "success", description: "run 2" });
      expect(standin.deployments().map(({ environment, url }) => [environment, url])).toEqual([
        ["prod", moved],
        ["dev", undefined],
      ]);
    },
  },
  {
    says: "a deployment whose answer was lost is there once",
    where: ({ capabilities }) => capabilities.deployments,
    ask: async (subject) => {
      const { standin } = subject;
      const commit = standin.head("main");
      standin.fault({ match: "deployment.write", drop: "after" });
      await subject.forge.setDeployment(commit, { environment: "prod", state: "running", description: "on it" }).catch(() => undefined);
      standin.clearFaults();
      await subject.open().setDeployment(commit, { environment: "prod", state: "success", description: "done" });
      expect(standin.deployments()).toEqual([{ environment: "prod", commit, state: "success" }]);
    },
  },
  {
    says: "a deployment is told also of a commit with a failed or unfinished status",
    where: ({ capabilities }) => capabilities.deployments,
    ask: async ({ standin, forge }) => {
      const commit = standin.head("main");
      await forge.setStatus(commit, { name, state: "failure", title: "red" });
      await forge.setDeployment(commit, { environment: "prod", state: "running", description: "nonetheless" });
      expect(standin.deployments()).toEqual([{ environment: "prod", commit, state: "running" }]);
    },
  },
  {
    says: "where there are no deployments, nothing is asked of the host",
    where: ({ capabilities }) => !capabilities.deployments,
    ask: async ({ standin, forge }) => {
      await forge.setDeployment(standin.head("main"), { environment: "prod", state: "success", description: "done" });
      expect(standin.requests).toEqual([]);
    },
  },
];

export const commitCases: readonly Case[] = [...statuses, ...deployments];
