import { describe, expect, test } from "vitest";
import { Problem } from "../../src/base/problem/index.ts";
import type { Forge, IssueDraft } from "../../src/adapters/forges/index.ts";
import { contractCases } from "./contract.ts";
import { leaksIn } from "./leaks.ts";
import type { Standin } from "../../src/satellites/forge-standin/index.ts";
import { openSubject } from "./subject.ts";

/** Each forge here breaks one promise, and the case that asks for it has to notice. */

type Broken = (forge: Forge, standin: Standin) => Partial<Forge>;

/** Methods of a class live on its prototype: a copy of the object would have none of them. */
const altered =
  (broken: Broken) =>
  (forge: Forge, standin: Standin): Forge => {
    const instead = broken(forge, standin);
    return new Proxy(forge, {
      get: (target, name) => {
        const value: unknown = name in instead ? instead[name as keyof Forge] : target[name as keyof Forge];
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
  };

async function verdictOf(host: Standin["name"], says: string, broken: Broken): Promise<unknown> {
  const entry = contractCases.find((candidate) => candidate.says.startsWith(says));
  if (entry === undefined) throw new Error(`no case says: ${says}`);
  const subject = await openSubject(host, { credentials: host === "github" ? "installation token" : "token", altered: altered(broken) });
  try {
    expect(entry.where?.(subject.forge) ?? true).toBe(true);
    await entry.ask(subject);
    return "nothing was noticed";
  } catch (error) {
    return error;
  } finally {
    await subject.close();
  }
}

const url = "http://forge.example";
const us = (standin: Standin): string => (standin.name === "github" ? standin.appLogin : standin.us);
const firstPage = async (forge: Forge, number: number) => (await forge.comments(number)).slice(0, 100);

/** Looks, and creates when there is none; `mine` decides what counts as found. */
const careless =
  (found: (forge: Forge, standin: Standin, number: number) => Promise<readonly { readonly id: string; readonly body: string }[]>): Broken =>
  (forge, standin) => ({
    saveComment: async (number: number, marker: string, body: string) => {
      const there = (await found(forge, standin, number)).find((comment) => comment.body.startsWith(marker));
      if (there !== undefined) standin.editComment(there.id, body);
      return { id: there?.id ?? standin.comment(us(standin), number, body), url };
    },
  });

/** Looks for an issue in a way of its own, and opens one when there is none. */
const carelessly =
  (found: (issues: ReturnType<Standin["issues"]>) => ReturnType<Standin["issues"]>[number] | undefined, isLazy = false): Broken =>
  (forge, standin) => ({
    saveComment: async (on: number | IssueDraft, marker: string, body: string) => {
      if (typeof on === "number") return forge.saveComment(on, marker, body);
      const there = found(standin.issues().filter((issue) => issue.body.startsWith(marker)));
      // Somebody else may have come in between.
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (isLazy && there?.body === body) return { id: String(there.number), url };
      const number = there?.number ?? standin.openIssue(us(standin), { title: on.title, body });
      standin.editIssue(number, { title: on.title, body, state: on.state });
      return { id: String(number), url };
    },
  });

const all = async (forge: Forge, _: Standin, number: number) => forge.comments(number);

/** The same Problem as another one. */
const recoded = async <T>(call: Promise<T>, code: Problem["code"]): Promise<T> => {
  try {
    return await call;
  } catch (error) {
    const { what, on, todo } = error as Problem;
    throw new Problem(code, { what, on, todo, retry: "never" });
  }
};

const counter = (): (() => number) => {
  let count = 0;
  return () => (count += 1);
};

const controls: readonly (readonly [breaks: string, says: string, broken: Broken])[] = [
  ["reads only the first page", "all 200 comments", (forge) => ({ comments: (number) => firstPage(forge, number) })],
  [
    "reads each comment twice",
    "all 200 comments",
    (forge) => ({ comments: async (number) => [...(await forge.comments(number)), ...(await forge.comments(number))] }),
  ],
  ["ignores since", "only what was written or edited since", (forge) => ({ comments: (number) => forge.comments(number) })],
  [
    "takes everything for its own",
    "a comment says who wrote it",
    (forge) => ({ comments: async (number) => (await forge.comments(number)).map((comment) => ({ ...comment, ours: true })) }),
  ],
  ["creates without looking", "the comment with the marker is created once", careless(() => Promise.resolve([]))],
  ["looks on the first page only", "a marker on the last page", careless((forge, _, number) => firstPage(forge, number))],
  ["never checks whose comment it is", "a copy of the marker by somebody else", careless(all)],
  [
    "finds the marker anywhere in a comment",
    "a quotation of the marker",
    (forge, standin) => ({
      saveComment: async (number: number, marker: string, body: string) => {
        const there = (await forge.comments(number)).find((comment) => comment.ours && comment.body.includes(marker));
        if (there === undefined) return forge.saveComment(number, marker, body);
        standin.editComment(there.id, body);
        return { id: there.id, url };
      },
    }),
  ],
  ["looks before it creates, and not after", "two runs that create at once", careless(all)],
  ["creates without looking, after a lost answer", "a create whose answer was lost", careless(() => Promise.resolve([]))],
  [
    "does each edit by itself",
    "edits that come faster",
    (forge) => {
      let before: Promise<unknown> = Promise.resolve();
      const saveComment: Forge["saveComment"] = async (number: number | IssueDraft, marker: string, body: string) => {
        const mine = before.then(() => forge.saveComment(number, marker, body));
        before = mine.catch(() => undefined);
        return mine;
      };
      return { saveComment };
    },
  ],
  ["opens an issue without looking", "the issue with the marker is opened once", carelessly(() => undefined)],
  ["looks at open issues only", "an issue is closed", carelessly((issues) => issues.find(({ state }) => state === "open"))],
  ["takes anybody's issue for its own", "an issue that somebody else began", carelessly((issues) => issues[0])],
  ["looks before it opens an issue, and not after", "two runs that open one issue at once", carelessly((issues) => issues.at(-1))],
  ["leaves out title and state", "what is already as it should be", carelessly((issues) => issues[0], true)],
  [
    "adds reactions and removes none",
    "one reaction of ours",
    (_, standin) => ({ react: (__, comment, reaction) => Promise.resolve(standin.react(us(standin), comment, reaction)) }),
  ],
  [
    "knows a merge by its head only",
    "one that came in by squash",
    (forge) => ({ pullRequests: async (query) => (await forge.pullRequests({ state: query.state })).filter(({ head }) => head.commit === query.commit) }),
  ],
  [
    "takes any pull request with the commit",
    "by commit: the one whose head it is",
    (forge) => ({ pullRequests: ({ state }) => forge.pullRequests({ state }) }),
  ],
  ["lists the oldest first", "by base and state", (forge) => ({ pullRequests: async (query) => [...(await forge.pullRequests(query))].reverse() })],
  [
    "reads one page of pull requests",
    "all 130 open pull requests",
    (forge) => ({ pullRequests: async (query) => (await forge.pullRequests(query)).slice(0, 100) }),
  ],
  [
    "ignores how long ago a pull request changed",
    "only those that changed since a time",
    (forge) => ({
      pullRequests: ({ commit, base, state }) =>
        forge.pullRequests({ state, ...(commit === undefined ? {} : { commit }), ...(base === undefined ? {} : { base }) }),
    }),
  ],
  [
    "takes a fork for its own repository",
    "a head in another repository",
    (forge) => ({ pullRequest: async (number) => ({ ...(await forge.pullRequest(number)), fork: false }) }),
  ],
  [
    "leaves the open one as it is",
    "opens one, and then updates",
    (forge) => ({ savePullRequest: (draft) => forge.savePullRequest({ ...draft, title: "Promote" }) }),
  ],
  [
    "keeps quiet when the host does not merge",
    "says FORGE_REFUSED when the host does not merge",
    (forge) => ({ savePullRequest: ({ head, base, title, body }) => forge.savePullRequest({ head, base, title, body }) }),
  ],
  [
    "names each status anew",
    "a status that is set again",
    (forge) => {
      const next = counter();
      return { setStatus: (commit, status) => forge.setStatus(commit, { ...status, name: `${status.name} #${next()}` }) };
    },
  ],
  [
    "shows waiting as failed",
    "each state of a status",
    (forge) => ({ setStatus: (commit, status) => forge.setStatus(commit, status.state === "waiting" ? { ...status, state: "failure" } : status) }),
  ],
  [
    "makes a deployment each time",
    "one deployment per environment",
    (forge) => {
      const next = counter();
      return { setDeployment: (commit, deployment) => forge.setDeployment(commit, { ...deployment, environment: `${deployment.environment} ${next()}` }) };
    },
  ],
  [
    "keeps to itself where an environment is found",
    "where an environment is found is told",
    (forge) => ({
      setDeployment: (commit, { environment, state, description }) => forge.setDeployment(commit, { environment, state, description }),
    }),
  ],
  [
    "remembers approvals that were dismissed",
    "an approval that was dismissed",
    (forge) => {
      const seen = new Map<string, Awaited<ReturnType<Forge["approvals"]>>[number]>();
      return {
        approvals: async (number) => {
          for (const approval of await forge.approvals(number)) seen.set(approval.by, approval);
          return [...seen.values()];
        },
      };
    },
  ],
  [
    "takes an approval for one of the head",
    "an approval before a push",
    (forge) => ({
      approvals: async (number) => {
        const { commit } = (await forge.pullRequest(number)).head;
        return (await forge.approvals(number)).map((approval) => ({ ...approval, commit }));
      },
    }),
  ],
  [
    "remembers what a person may do",
    "what a person may do",
    (forge) => {
      const known = new Map<string, Awaited<ReturnType<Forge["person"]>>>();
      return {
        person: async (login, asked) => {
          const person = known.get(login) ?? (await forge.person(login, asked));
          known.set(login, person);
          return person;
        },
      };
    },
  ],
  ["believes every team", "of the teams asked", (forge) => ({ person: async (login, asked) => ({ ...(await forge.person(login, asked)), teams: asked }) })],
  [
    "guesses that an unknown job ended",
    "a job that the host does not know",
    (forge) => ({ jobState: async (job) => ((await forge.jobState(job)) === "running" ? "running" : "ended") }),
  ],
  ["looks at the run, not the attempt", "an attempt that ended", () => ({ jobState: () => Promise.resolve("running") })],
  [
    "takes every failure for protection",
    "a branch that is not there",
    (forge) => ({ protection: async (branch) => ({ ...(await forge.protection(branch)), exists: true, protected: true }) }),
  ],
  ["says that it protected, and does nothing", "an open branch is protected", (forge) => ({ protection: async (branch) => forge.protection(branch) })],
  [
    "lowers what people had set",
    "what people protect more strictly",
    (forge, standin) => ({
      protection: async (branch, wanted) => {
        if (wanted !== undefined) standin.protect(branch, { ...wanted });
        return forge.protection(branch);
      },
    }),
  ],
  [
    "protects in the name of somebody who may not",
    "who may not protect it",
    (forge, standin) => ({
      protection: async (branch, wanted) => {
        if (wanted !== undefined) standin.protect(branch, { ...wanted });
        return forge.protection(branch);
      },
    }),
  ],
  [
    "reads no rules",
    "how a branch is protected",
    (forge) => ({ protection: async (branch) => ({ ...(await forge.protection(branch)), requiredApprovals: 0 }) }),
  ],
  [
    "shows no protection to whoever may not see it",
    "whoever may not see",
    (_, standin) => ({
      protection: (branch) => {
        const nothing = {
          requiredApprovals: 0,
          requiresCodeOwners: false,
          requiredStatuses: [],
          mayPush: ["*write*"],
          allowsForcePush: true,
          allowsDeletion: true,
        };
        return Promise.resolve({ exists: standin.head(branch) !== "", protected: false, ...nothing });
      },
    }),
  ],
  ...(["401", "404", "500", "a page of HTML with 200"] as const).map(
    (answer) =>
      [
        "has one word for all failures",
        `a read that is answered with ${answer}`,
        (forge: Forge) => ({ comments: (number: number) => recoded(forge.comments(number), "FORGE_LIMITED") }),
      ] as const,
  ),
  [
    "does not try again",
    "a read that fails once",
    (_, standin) => ({ comments: () => Promise.reject(new Problem("FORGE_UNREACHABLE", { what: "w", on: standin.repository, todo: "t" })) }),
  ],
  [
    "waits for no limit",
    "a limit that ends inside the deadline",
    (forge, standin) => ({
      saveComment: (number: number, marker: string, body: string) =>
        standin.comments(number).length === 0
          ? forge.saveComment(number, marker, body)
          : Promise.reject(new Problem("FORGE_LIMITED", { what: "w", on: "o", todo: "t" })),
    }),
  ],
  ["does not say when", "a limit that outlasts", (forge) => ({ comments: (number) => recoded(forge.comments(number), "FORGE_LIMITED") })],
  [
    "tells the token in its detail",
    "no failure tells a token",
    (forge, standin) => ({
      saveComment: async (number: number, marker: string, body: string) => {
        try {
          return await forge.saveComment(number, marker, body);
        } catch {
          throw new Problem("FORGE_REFUSED", { what: "w", on: "o", todo: "t", detail: `authorization: Bearer ${standin.secrets()[0]}` });
        }
      },
    }),
  ],
  [
    "believes the commits",
    "who pushed is whom the host knows",
    (forge) => ({ pullRequest: async (number) => ({ ...(await forge.pullRequest(number)), pushers: ["ann"] }) }),
  ],
  [
    "keeps to itself that it does not know who pushed",
    "where the host does not show who pushed",
    (forge) => ({
      pullRequest: async (number) => {
        const { pushersUnknown: _, ...told } = await forge.pullRequest(number);
        return told;
      },
    }),
  ],
  [
    "cuts a text to what the host takes",
    "a text that the host finds too long for a comment",
    (forge, standin) => ({
      saveComment: (on, marker, body) => forge.saveComment(on, marker, body.slice(0, standin.policy.maxCommentLength)),
    }),
  ],
];

describe.each(["github", "gitlab"] as const)("the contract notices a %s forge that", (host) => {
  const asked = controls.filter((_, index) => host === "github" || index % 2 === 0);
  test.each(asked)("%s: %s", async (_, says, broken) => {
    const verdict = await verdictOf(host, says, broken);
    // Anything else would be a fault of the control.
    expect(["AssertionError", "Problem"]).toContain((verdict as Error).name);
  });

  test("and is content with one that is only wrapped", async () => {
    expect(await verdictOf(host, "the comment with the marker is created once", () => ({}))).toBe("nothing was noticed");
  });
});

describe("the search for leaks finds a secret", () => {
  const secret = "glpat-0123456789abcdef";
  const plain = { what: "w", on: "o", todo: "t" };
  test.each([
    ["in a message", new Problem("FORGE_REFUSED", { ...plain, what: `no: ${secret}` })],
    ["in the detail", new Problem("FORGE_REFUSED", { ...plain, detail: secret })],
    ["in what to do", new Problem("FORGE_REFUSED", { ...plain, todo: `curl -H ${secret}` })],
    [
      "in a cause of a cause",
      new Problem("FORGE_REFUSED", { ...plain, cause: new Error("a", { cause: { request: { headers: { authorization: `token ${secret}` } } } }) }),
    ],
    ["in an address", new Error(`GET https://x:${secret}@forge.example/`)],
    ["in base64", new Error(`Basic ${Buffer.from(secret).toString("base64")}`)],
    ["in a field", { settings: { credentials: { token: secret } } }],
  ])("%s", (_, said) => {
    expect(leaksIn(said, [secret])).toEqual(["secret 1"]);
  });

  test("and none where there is none", () => {
    expect(leaksIn(new Problem("FORGE_REFUSED", { ...plain, detail: "[secret]" }), [secret])).toEqual([]);
  });
});
