import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "vitest";
import type { Problem } from "../../../src/base/problem/index.ts";
import { leaksIn } from "../leaks.ts";
import { openStandin, type Fault } from "../../../src/satellites/forge-standin/index.ts";
import { problemOf, someChange, type Case, type Subject } from "../subject.ts";

const marker = "<!-- trueup:preview -->";
const always = Number.POSITIVE_INFINITY;

const afterMs = ({ retry }: Problem): number => (retry === "never" ? -1 : retry.afterMs);

function isWhole(problem: Problem): void {
  for (const line of problem.lines) expect(line.trim()).not.toBe("");
  expect(problem.what).not.toMatch(/undefined|\[object|https?:\/\/[^ ]*@/);
}

/** A port that nobody listens at. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => void server.close(() => resolve()));
  return port;
}

const nowhere = async ({ forge, open, standin }: Subject): Promise<ReturnType<Subject["open"]>> => {
  expect(forge.name).toBe(standin.name);
  return open({ api: `http://127.0.0.1:${await closedPort()}`, deadlineMs: 5000 });
};

const classes: readonly (readonly [says: string, fault: Omit<Fault, "match">, code: Problem["code"]])[] = [
  ["401", { status: 401 }, "FORGE_REFUSED"],
  ["403", { status: 403 }, "FORGE_REFUSED"],
  ["404", { status: 404 }, "FORGE_MISSING"],
  ["500", { status: 500 }, "FORGE_UNREACHABLE"],
  ["502 with a proxy's page", { status: 502, body: "<html><h1>Bad Gateway</h1></html>", contentType: "text/html" }, "FORGE_UNREACHABLE"],
  ["503", { status: 503 }, "FORGE_UNREACHABLE"],
  ["a connection that ends before the answer", { drop: "before" }, "FORGE_UNREACHABLE"],
  ["a page of HTML with 200", { status: 200, body: "<html>Please sign in</html>", contentType: "text/html" }, "FORGE_NONSENSE"],
  ["no JSON with 200", { status: 200, body: '[{"id": 1, "bo' }, "FORGE_NONSENSE"],
  ["JSON of another shape", { status: 200, body: '{"message":"hello"}' }, "FORGE_NONSENSE"],
  ["JSON with fields of another kind", { status: 200, body: '[{"id":null,"body":17}]' }, "FORGE_NONSENSE"],
  ["nothing with 200", { status: 200, body: "" }, "FORGE_NONSENSE"],
];

function answeredWith([says, fault, code]: (typeof classes)[number]): Case {
  return {
    says: `a read that is answered with ${says} is ${code}`,
    ask: async (subject) => {
      const number = someChange(subject);
      subject.standin.fault({ match: "comments.list", times: always, ...fault });
      const problem = await problemOf(subject.forge.comments(number));
      expect(problem.code).toBe(code);
      isWhole(problem);
      if (code === "FORGE_UNREACHABLE") expect(afterMs(problem)).toBeGreaterThan(0);
      else expect(problem.retry).toBe("never");
      expect(subject.standin.requests.filter(({ purpose }) => purpose === "comments.list").length).toBeLessThan(10);
    },
  };
}

const classified: readonly Case[] = [
  ...classes.map(answeredWith),
  {
    says: "a write that is refused says so, names what is missing, and is not tried again",
    ask: async (subject) => {
      const { standin, forge } = subject;
      const commit = standin.head("main");
      standin.fault({ match: "status.write", times: always, status: 403, body: '{"message":"Resource not accessible"}' });
      const problem = await problemOf(forge.setStatus(commit, { name: "trueup", state: "success", title: "ok" }));
      expect(problem.code).toBe("FORGE_REFUSED");
      isWhole(problem);
      expect(standin.requests.filter(({ purpose }) => purpose === "status.write").length).toBeLessThanOrEqual(2);
    },
  },
  {
    says: "whoever has no right is refused by the host itself",
    ask: async (subject) => {
      const { standin, open } = subject;
      const problem = await problemOf(open({ login: "dan" }).setStatus(standin.head("main"), { name: "trueup", state: "success", title: "ok" }));
      expect(problem.code).toBe("FORGE_REFUSED");
      expect((await problemOf(open({ login: "mallory" }).pullRequest(someChange(subject)))).code).toBe("FORGE_MISSING");
    },
  },
  {
    says: "a host that nobody can connect to is FORGE_UNREACHABLE",
    ask: async (subject) => {
      const forge = await nowhere(subject);
      for (const call of [() => forge.comments(1), () => forge.saveComment(1, marker, `${marker}\nx`), () => forge.pullRequests({ state: "open" })]) {
        const problem = await problemOf(call());
        expect(problem.code).toBe("FORGE_UNREACHABLE");
        expect(afterMs(problem)).toBeGreaterThan(0);
        isWhole(problem);
      }
    },
  },
  {
    says: "a host that is silent is left at the deadline",
    ask: async (subject) => {
      const number = someChange(subject);
      subject.standin.fault({ match: "any", times: always, delayMs: 4000 });
      const started = performance.now();
      const problem = await problemOf(subject.open({ deadlineMs: 400 }).comments(number));
      expect(problem.code).toBe("FORGE_UNREACHABLE");
      expect(performance.now() - started).toBeLessThan(2500);
    },
  },
];

function retriedAfter(fault: Omit<Fault, "match">): Case {
  return {
    says: `a read that fails once (${JSON.stringify(fault)}) is tried again and succeeds`,
    ask: async (subject) => {
      const { standin, forge } = subject;
      const number = someChange(subject);
      standin.comment("ann", number, "here");
      standin.fault({ match: "comments.list", ...fault });
      expect((await forge.comments(number)).map(({ body }) => body)).toEqual(["here"]);
    },
  };
}

function waitedFor(form: "in seconds" | "as a date"): Case {
  return {
    says: `a limit that ends inside the deadline (${form}) is waited for`,
    ask: async (subject) => {
      const { standin, forge, clock } = subject;
      const number = someChange(subject);
      await forge.saveComment(number, marker, `${marker}\none`);
      const until = form === "in seconds" ? "5" : new Date(clock.now().getTime() + 6000).toUTCString();
      standin.fault({ match: "write", status: 429, headers: { "retry-after": until } });
      const started = clock.monotonicMs();
      await forge.saveComment(number, marker, `${marker}\ntwo`);
      expect(clock.monotonicMs() - started).toBeGreaterThanOrEqual(4900);
      expect(standin.comments(number).map(({ body }) => body)).toEqual([`${marker}\ntwo`]);
    },
  };
}

const patience: readonly Case[] = [
  ...([{ status: 502 }, { drop: "before" }, { drop: "during" }] as const).map(retriedAfter),
  ...(["in seconds", "as a date"] as const).map(waitedFor),
  {
    says: "a limit that outlasts the deadline is FORGE_LIMITED and says when",
    ask: async (subject) => {
      const { standin, forge, clock } = subject;
      const number = someChange(subject);
      standin.fault({ match: "comments.list", times: always, status: 429, headers: { "retry-after": "300" } });
      const started = clock.monotonicMs();
      const problem = await problemOf(forge.comments(number));
      expect(problem.code).toBe("FORGE_LIMITED");
      expect(afterMs(problem)).toBeGreaterThan(290_000);
      expect(afterMs(problem)).toBeLessThan(310_000);
      // It would only be waiting for nothing.
      expect(clock.monotonicMs() - started).toBeLessThan(60_000);
      expect(standin.requests.filter(({ purpose }) => purpose === "comments.list")).toHaveLength(1);
    },
  },
  {
    says: "a limit that never ends ends the call at its deadline",
    ask: async (subject) => {
      const { standin, clock, open } = subject;
      const number = someChange(subject);
      standin.fault({ match: "comments.list", times: always, status: 429, headers: { "retry-after": "3" } });
      const started = clock.monotonicMs();
      expect((await problemOf(open({ deadlineMs: 10_000 }).comments(number))).code).toBe("FORGE_LIMITED");
      expect(clock.monotonicMs() - started).toBeLessThan(11_000);
    },
  },
];

const secrecy: readonly Case[] = [
  {
    says: "no failure tells a token, though the host repeats it",
    ask: async (subject) => {
      const { standin, forge } = subject;
      const number = someChange(subject);
      await forge.comments(number);
      const [token = ""] = standin.secrets().filter((secret) => !secret.includes("\n"));
      const echo = `token ${token} at https://x:${token}@forge.example/?private_token=${token}`;
      const faults: Omit<Fault, "match">[] = [
        ...[401, 403, 404, 422, 400, 409, 429, 500, 502].map((status) => ({
          status,
          body: JSON.stringify({ message: echo, errors: [{ message: echo }], error: echo }),
        })),
        { status: 500, body: `<html>${echo}</html>`, contentType: "text/html" },
        { status: 200, body: `<html>${echo}</html>`, contentType: "text/html" },
        { status: 200, body: JSON.stringify({ message: echo }) },
        { status: 200, body: JSON.stringify([{ id: echo }]) },
        { drop: "before" },
        { drop: "during" },
      ];
      for (const fault of faults) {
        standin.fault({ match: "any", times: always, headers: { "retry-after": "900", location: `https://x:${token}@forge.example/` }, ...fault });
        for (const call of [
          () => forge.comments(number),
          () => forge.saveComment(number, marker, `${marker}\nx`),
          () => forge.setStatus(standin.head("main"), { name: "t", state: "success", title: "t" }),
        ]) {
          const said = await call().then(
            () => "nothing",
            (error: unknown) => error,
          );
          expect({ fault, leaks: leaksIn(said, standin.secrets()) }).toEqual({ fault, leaks: [] });
        }
        standin.clearFaults();
      }
      const refused = await problemOf((await nowhere(subject)).comments(1));
      expect(leaksIn(refused, standin.secrets())).toEqual([]);
    },
  },
  {
    says: "no address and no body that is sent holds a token, nor does the forge itself when printed",
    ask: async (subject) => {
      const { standin, forge } = subject;
      const number = someChange(subject);
      await forge.saveComment(number, marker, `${marker}\nx`);
      await forge.setStatus(standin.head("feature"), { name: "t", state: "success", title: "t" });
      await forge.person("bob", [standin.traits.teamName]);
      const sent = standin.requests.map(({ path, body }) => `${path}\n${body}`).join("\n");
      expect(sent).toContain(marker);
      expect(leaksIn(sent, standin.secrets())).toEqual([]);
      expect(leaksIn(forge, standin.secrets())).toEqual([]);
    },
  },
  {
    says: "credentials do not follow a redirect to another host",
    ask: async (subject) => {
      const { standin, forge } = subject;
      const number = someChange(subject);
      const thief = await openStandin(standin.name);
      try {
        for (const status of [301, 302, 307, 308]) {
          standin.fault({ match: "any", times: always, status, headers: { location: `${new URL(thief.settings().api).origin}/stolen` } });
          await forge.comments(number).catch(() => undefined);
          await forge.saveComment(number, marker, `${marker}\nx`).catch(() => undefined);
          standin.clearFaults();
        }
        expect(thief.requests.filter(({ authorized }) => authorized)).toEqual([]);
      } finally {
        await thief.close();
      }
    },
  },
];

export const failureCases: readonly Case[] = [...classified, ...patience, ...secrecy];
