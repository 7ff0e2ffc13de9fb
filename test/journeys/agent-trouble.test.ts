import { createServer, type AddressInfo, type Server } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../src/base/clock/index.ts";
import { thisMachine } from "../../src/base/process/index.ts";
import { Scrubber } from "../../src/base/secret/index.ts";
import { openStandin, type Standin } from "../../src/satellites/forge-standin/index.ts";
import { News, runAgent, settingsOf, watchedOf } from "../../src/workflows/agent/index.ts";

let folder: string;
let forge: Standin;
const servers: Server[] = [];
const variables: Record<string, string> = {};
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "trueup-trouble-"));
  forge = await openStandin("github");
});
afterEach(async () => {
  await forge.close();
  for (const server of servers.splice(0)) server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Environments whose folders cannot be read need no engine to be looked after. */
function settled(): object {
  forge.push("ann", "env/dev", { files: { "environments/dev/environment.ts": "export default 7;\n" } });
  const { kind, api, repository, credentials } = forge.settings();
  const token = "token" in credentials ? credentials.token.reveal() : "";
  variables["TROUBLE_TOKEN"] = token;
  return { name: "estate", at: forge.path, environments: ["dev"], forge: { kind, api, repository, token: { env: "TROUBLE_TOKEN" } } };
}

/** What an agent says that looks about every second, until `then` has ended. */
async function said(repositories: readonly object[], then: (lines: readonly string[]) => Promise<void>): Promise<readonly string[]> {
  const [stop, news, scrubber] = [new AbortController(), new News(), new Scrubber()];
  const lines: string[] = [];
  const settings = settingsOf({ repositories }, "here");
  const here = thisMachine();
  const machine = { ...here, cache: folder, variable: (name: string) => variables[name] ?? here.variable(name) };
  const watched = watchedOf(settings, { machine, clock: systemClock, directory: folder, scrubber });
  const signals = { signal: stop.signal, hardSignal: new AbortController().signal };
  const running = runAgent({
    repositories: watched,
    intervalMs: 1_000,
    atOnce: 2,
    once: false,
    clock: systemClock,
    ...signals,
    tell: (event) => {
      const line = news.take(event);
      if (line !== undefined && (line.event === "trouble" || line.event === "recovered" || line.event === "ended")) lines.push(JSON.stringify(line));
    },
  });
  await then(lines);
  stop.abort();
  await running;
  return lines;
}

const looked = (): number => forge.requests.filter(({ method }) => method === "GET").length;
async function untilAsked(times: number): Promise<void> {
  const from = looked();
  for (let waited = 0; looked() < from + times && waited < 20_000; waited += 50) await sleep(50);
}

test("a token that is revoked, and a forge that talks nonsense, are said once each and without secrets, and so is that it is over", async () => {
  const lines = await said([settled()], async (so) => {
    const isOver = async (times: number): Promise<void> => {
      for (let waited = 0; so.filter((line) => line.includes('"recovered"')).length < times && waited < 30_000; waited += 50) await sleep(50);
    };
    forge.fault({ match: "pulls.list", status: 401, times: 2 });
    await isOver(1);
    forge.fault({ match: "pulls.list", status: 200, body: "<html>Sign in</html>", contentType: "text/html", times: 2 });
    await isOver(2);
  });
  const words = lines.map((line) => /"code":"(\w+)"/.exec(line)?.[1] ?? /"event":"(\w+)"/.exec(line)?.[1]);
  expect(words.filter((word) => word !== "ENVIRONMENT_INVALID")).toEqual(["FORGE_REFUSED", "recovered", "FORGE_NONSENSE", "recovered"]);
  expect(words.filter((word) => word === "ENVIRONMENT_INVALID")).toHaveLength(1);
  expect(forge.secrets().filter((secret) => lines.join("\n").includes(secret))).toEqual([]);
});

test("a host that takes a question and never answers delays nobody else, and not the end either", async () => {
  const silent = createServer(() => undefined);
  servers.push(silent);
  await new Promise<void>((listening) => void silent.listen(0, "127.0.0.1", listening));
  const at = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/huge.git`;
  const began = performance.now();
  const lines = await said([{ name: "huge", at, environments: ["dev"] }, settled()], () => untilAsked(4));
  expect(lines).toEqual([expect.stringContaining("ENVIRONMENT_INVALID")]);
  expect(looked()).toBeGreaterThanOrEqual(4);
  expect(performance.now() - began).toBeLessThan(45_000);
});
