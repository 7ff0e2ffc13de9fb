import { createHmac } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { openStandin, type Standin } from "../../src/satellites/forge-standin/index.ts";
import { engine, isFull, newHome, type Change, type Home, type Told } from "./estate.ts";
import { record, sentences } from "./evidence.ts";
import { Receiver, type Came } from "./receiver.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const secret = "canary-of-the-hook-8f+27";
const dialects = isFull ? (["github", "gitlab"] as const) : (["github"] as const);

const machines = (cidr: string, hook: string): Readonly<Record<string, Change>> => ({
  "environments/dev/environment.ts": `import { defineEnvironment, stack } from "trueup";
import type machines from "../../stacks/machines/index.ts";

export default defineEnvironment({
  cloud: "sandbox",
  notices: [{ webhook: "${hook}/hook", secret: "HOOK_SECRET", on: ["failed", "drift", "refused", "good"] }, { slack: "SLACK_HOOK", on: ["drift"] }],
  stacks: { east: stack<typeof machines>("stacks/machines", { layer: "machines", args: { cidr: "${cidr}", tier: "small", joinToken: "join-4f1c9a" } }) },
});
`,
});

interface Body {
  readonly id: string;
  readonly text: string;
  readonly opened: readonly { readonly what: string }[];
}

describe.skipIf(engine === undefined).each(dialects)("people who are not looking, on %s", (name) => {
  let forge: Standin;
  let home: Home;
  let receiver: Receiver;
  const seen: Came[] = [];

  const trueup = (args: readonly string[], onPid?: (pid: number) => void): Promise<Told> => {
    const { kind, api, repository, credentials } = forge.settings();
    const token = "token" in credentials ? credentials.token.reveal() : "";
    const onForge = { TRUEUP_FORGE: kind, TRUEUP_FORGE_API: api, TRUEUP_FORGE_REPOSITORY: repository, TRUEUP_FORGE_TOKEN: token };
    const variables = { ...onForge, HOOK_SECRET: secret, SLACK_HOOK: `${receiver.url}/slack/T0/B0/xoxcanary`, TRUEUP_NOTICE_DEADLINE: "1s" };
    return home.run(args, { variables, ...(onPid === undefined ? {} : { onPid }) });
  };
  const ended = async (exit: number, ...args: string[]): Promise<Told> => {
    const told = await trueup(args);
    if (told.exit !== exit) throw new Error(`trueup ${args.join(" ")} ended with ${told.exit}: ${told.out}${told.err}`);
    return told;
  };
  /** The head lines of what came since, by where it came to. */
  const told = (): Readonly<Record<string, readonly string[]>> => {
    const came = receiver.take();
    seen.push(...came);
    return Object.fromEntries(
      [...Map.groupBy(came, ({ path }) => path.split("/")[1] ?? "")].map(([to, all]) => [to, all.map(({ body }) => (JSON.parse(body) as Body).text)]),
    );
  };
  const drifts = (owner: string): void => void home.cloud.set("main", "tags.team", owner, { type: "Vpc" });
  const issues = (): readonly string[] => forge.issues().map(({ state, title }) => `${state}: ${title}`);
  const ours = (number: number): readonly string[] =>
    forge
      .comments(number)
      .filter(({ author }) => author === forge.us)
      .map(({ body }) => body);
  const kept = async (key: string): Promise<unknown> => ((await record(home)) as Readonly<Record<string, unknown>>)[key];

  beforeAll(async () => {
    forge = await openStandin(name);
    receiver = await new Receiver().open();
    home = await newHome(machines("10.1.0.0/16", receiver.url), forge.path);
    await ended(0, "apply", "dev");
  });
  beforeEach(() => {
    receiver.answer = Receiver.says(200);
  });
  afterAll(async () => {
    await home?.remove();
    await forge?.close();
    await receiver?.close();
  });

  test("hear once of drift that a schedule finds, see it in one issue, and hear once that it is over", async () => {
    expect([told(), issues()]).toEqual([{ hook: [expect.stringMatching(/^dev is at [0-9a-f]{7}$/)] }, []]);
    drifts("mallory");
    await ended(7, "drift", "dev", "--scheduled");
    const [first] = receiver.came.filter(({ path }) => path === "/hook");
    const signed = `${String(first?.headers["webhook-id"])}.${String(first?.headers["webhook-timestamp"])}.${first?.body ?? ""}`;
    expect(first?.headers["webhook-signature"]).toBe(`v1,${createHmac("sha256", secret).update(signed).digest("base64")}`);
    expect(told()).toEqual({ hook: ["dev.east has drifted"], slack: ["dev.east has drifted"] });
    expect(issues()).toEqual(["open: Drift: 1 finding in dev"]);
    expect(forge.issues()[0]?.body).toMatch(
      /\| changed \| dev\.east \| aws:ec2\/Vpc main \| tags\.team \|[^]*- put it back: `trueup drift dev --stack east --fix`/,
    );
    const pushes = (await sentences(home)).length;
    const edits = forge.events.length;
    await ended(7, "drift", "dev", "--record");
    expect([told(), (await sentences(home)).length, forge.events.length]).toEqual([{}, pushes, edits]);
    await ended(0, "drift", "dev", "--fix");
    expect(told()).toEqual({ hook: ["over: dev.east has drifted"], slack: ["over: dev.east has drifted"] });
    expect(issues()).toEqual(["closed: No drift"]);
  });

  test.skipIf(!isFull)("hear the same again only when whoever told it was killed before it could write that down, and know it by its id", async () => {
    drifts("eve");
    let pid: number | undefined;
    receiver.answer = (response, path) => {
      // Both have come before the end, so that what follows is only what was not written down.
      if (path === "/hook" && pid !== undefined && receiver.came.length === 2) process.kill(pid, "SIGKILL");
      else if (receiver.came.length < 2) setTimeout(() => response.writeHead(200).end(), 300);
      else if (pid !== undefined) process.kill(pid, "SIGKILL");
    };
    await trueup(["drift", "dev", "--record"], (of) => void (pid = of));
    const ids = receiver.came.filter(({ path }) => path === "/hook").map(({ body }) => (JSON.parse(body) as Body).id);
    expect([ids.length, receiver.take().length]).toEqual([1, 2]);
    receiver.answer = Receiver.says(200);
    await ended(7, "drift", "dev", "--record");
    expect(receiver.came.filter(({ path }) => path === "/hook").map(({ body }) => (JSON.parse(body) as Body).id)).toEqual(ids);
    expect(told()).toEqual({ hook: ["dev.east has drifted"], slack: ["dev.east has drifted"] });
    expect(issues()).toEqual(["open: Drift: 1 finding in dev"]);
  });

  test.skipIf(!isFull)("are told by the next run when they were away; an apply that puts the stack right closes its findings at once", async () => {
    receiver.answer = (response, path) =>
      void (path === "/hook" ? response.writeHead(500).end() : Receiver.says(307, { location: `${receiver.url}/elsewhere` })(response));
    const began = performance.now();
    const { err } = await ended(0, "apply", "dev", "--all");
    expect(performance.now() - began).toBeLessThan(60_000);
    expect(err).toMatch(/not told, and tried again by the next run: webhook-\w+: it answered 500/);
    expect(err).toMatch(/slack-\w+: it redirects \(307\)/);
    expect(new Set(receiver.take().map(({ path }) => path.split("/")[1]))).toEqual(new Set(["hook", "slack"]));
    expect([(await record(home)).drift, issues()]).toEqual([expect.objectContaining({ findings: [] }), ["closed: No drift"]]);
    const before = receiver.came.length;
    receiver.answer = (response, path) => void response.writeHead(path === "/hook" && receiver.came.length === before + 1 ? 500 : 200).end();
    await ended(0, "drift", "dev", "--record");
    const { hook, slack } = told();
    expect([new Set(hook), slack]).toEqual([new Set([expect.stringMatching(/^over: dev\.east has drifted; dev is at/)]), ["over: dev.east has drifted"]]);
  });

  const aways = [
    ["from the start", "any", "10.2.0.0/16"],
    ["at the end", "write", "10.4.0.0/16"],
  ] as const;
  test.skipIf(!isFull).each(aways)("get the comment later when the forge was away %s of an apply, once; the apply itself ends well", async (...away) => {
    const [, match, cidr] = away;
    await home.git("fetch", "--quiet", "origin");
    await home.git("checkout", "--quiet", "-B", "env/dev", "origin/env/dev");
    await home.commit(`wider-${match}`, machines(cidr, receiver.url));
    const number = forge.openPullRequest("ann", { head: `wider-${match}`, base: "env/dev" });
    const merged = forge.merge("bob", number, "merge");
    forge.fault({ match, drop: "before", times: 1_000 });
    const { err } = await ended(0, "apply", "dev");
    expect(err).toMatch(/the forge was not told, and is told by a later run/);
    forge.clearFaults();
    expect([ours(number), forge.statuses(merged)]).toEqual([[], []]);
    expect(await kept("untold")).toEqual([expect.objectContaining({ what: "apply", run: expect.any(String) as string })]);
    await ended(0, "drift", "dev", "--record");
    expect(ours(number)).toEqual([expect.stringMatching(/✅ dev: \w{7} applied to east[^]*Told late[^]*aws:ec2\/Vpc main/)]);
    expect(forge.statuses(merged).map(({ name: status, state }) => [status, state])).toEqual([["trueup/apply (dev)", "success"]]);
    expect(forge.deployments()).toContainEqual(expect.objectContaining({ environment: "dev", commit: merged, state: "success" }));
    await ended(0, "apply", "dev");
    expect([ours(number).length, await kept("untold")]).toEqual([1, []]);
    told();
  });

  test.skipIf(!isFull)("hear of a failed apply what it said, and never a secret that slipped into it", async () => {
    await home.git("fetch", "--quiet", "origin");
    await home.git("checkout", "--quiet", "-B", "env/dev", "origin/env/dev");
    await home.land("fails", machines("10.3.0.0/16", receiver.url));
    const words = [secret, Buffer.from(secret).toString("base64"), encodeURIComponent(secret), "join-4f1c9a"].join(" and ");
    const fault = home.cloud.fault.add({ kind: "fail-before", urn: "*Vpc::main", op: "create", message: `the cloud wants none of ${words}` });
    await ended(1, "apply", "dev");
    home.cloud.fault.clear(fault.id);
    const [failed] = receiver.came;
    expect((JSON.parse(failed?.body ?? "{}") as Body).opened[0]?.what).toMatch(/the cloud wants none of \[secret\]/);
    expect(told()).toEqual({ hook: ["dev.east failed"] });
    await ended(0, "retry", "dev");
    await ended(0, "apply", "dev");
    expect(told()).toEqual({ hook: [expect.stringMatching(/^over: dev\.east failed; dev is at/)] });
    const all =
      seen.map(({ body, headers }) => body + JSON.stringify(headers)).join("\n") +
      forge
        .issues()
        .map(({ body }) => body)
        .join("\n");
    for (const canary of [secret, Buffer.from(secret).toString("base64"), encodeURIComponent(secret), "join-4f1c9a", "xoxcanary", ...forge.secrets()])
      expect(all).not.toContain(canary);
  });
});
