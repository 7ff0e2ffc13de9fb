import { request, type RequestOptions } from "node:http";
import { request as requestTls } from "node:https";
import { connect } from "node:net";
import type { Clock } from "../../base/clock/index.ts";
import { runChild } from "../../base/process/index.ts";
import type { VerifyCheck } from "../../domain/environments/index.ts";

export interface ProbeSite {
  /** Working directory of `command` checks: the prepared copy of the commit. */
  readonly directory: string;
  readonly variables: Readonly<Record<string, string>>;
  /** Port of the sandbox cloud's console: made-up `.invalid` hosts are asked there. */
  readonly sandboxConsole: number | undefined;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

export interface ProbeResult {
  readonly check: VerifyCheck;
  readonly ok: boolean;
  /** The last answer in a person's words: `503`, `refused`, `exit 2`. */
  readonly answer: string;
  readonly attempts: number;
  readonly durationMs: number;
}

const attemptMs = 5_000;
const firstPauseMs = 200;
const longestPauseMs = 5_000;

interface Answer {
  readonly ok: boolean;
  readonly answer: string;
}

/** Answers http for every host that an object of the sandbox has: 200, 503 when one of its objects is ill, 404 when nobody has it. */
function consoleFor(host: string, site: ProbeSite): number | undefined {
  return host.endsWith(".invalid") ? site.sandboxConsole : undefined;
}

/** The status that a server answers with, or the error that kept it from answering. */
function statusFrom(secure: boolean, options: RequestOptions): Promise<number | Error> {
  const ask = secure ? requestTls : request;
  return new Promise((resolve) => {
    const outgoing = ask({ ...options, timeout: attemptMs, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer within ${attemptMs / 1000} s`)));
    outgoing.on("error", resolve);
    outgoing.end();
  });
}

async function askHttp(check: VerifyCheck & { kind: "http" }, site: ProbeSite): Promise<Answer> {
  const url = new URL(check.url);
  const path = `${url.pathname}${url.search}`;
  const console = consoleFor(url.hostname, site);
  const answer =
    console === undefined
      ? await statusFrom(url.protocol === "https:", { host: url.hostname, port: url.port === "" ? undefined : Number(url.port), path })
      : await statusFrom(false, { host: "127.0.0.1", port: console, path, headers: { host: url.host } });
  return answer instanceof Error ? { ok: false, answer: answer.message } : { ok: answer === check.status, answer: String(answer) };
}

const saidByConsole: Readonly<Record<number, string>> = { 200: "connected", 404: "not found", 503: "refused (unhealthy)" };

/** The sandbox knows which hosts there are and whether they are well, not their ports: any port of a healthy host is open. */
async function askConsole(host: string, port: number): Promise<Answer> {
  const answer = await statusFrom(false, { host: "127.0.0.1", port, path: "/", headers: { host } });
  if (answer instanceof Error) return { ok: false, answer: answer.message };
  return { ok: answer === 200, answer: saidByConsole[answer] ?? `the sandbox console says ${answer}` };
}

function askTcp(check: VerifyCheck & { kind: "tcp" }, site: ProbeSite): Promise<Answer> {
  const console = consoleFor(check.host, site);
  if (console !== undefined) return askConsole(check.host, console);
  return new Promise((resolve) => {
    const socket = connect({ host: check.host, port: check.port, timeout: attemptMs });
    const end = (ok: boolean, answer: string): void => {
      socket.destroy();
      resolve({ ok, answer });
    };
    socket.on("connect", () => end(true, "connected"));
    socket.on("timeout", () => end(false, `no answer within ${attemptMs / 1000} s`));
    socket.on("error", (error) => end(false, error.message));
  });
}

async function askCommand(check: VerifyCheck & { kind: "command" }, site: ProbeSite): Promise<Answer> {
  const options = {
    cwd: site.directory,
    env: site.variables,
    deadlineMs: Math.max(check.settleMs, attemptMs),
    ...(site.signal === undefined ? {} : { signal: site.signal }),
  };
  try {
    const result = await runChild(check.run, options);
    return { ok: result.exitCode === 0, answer: result.endedBy === "itself" ? `exit ${result.exitCode ?? result.signal}` : result.endedBy };
  } catch (error) {
    return { ok: false, answer: error instanceof Error ? error.message : String(error) };
  }
}

function askOnce(check: VerifyCheck, site: ProbeSite): Promise<Answer> {
  switch (check.kind) {
    case "http":
      return askHttp(check, site);
    case "tcp":
      return askTcp(check, site);
    case "command":
      return askCommand(check, site);
  }
}

/** Asks until the check holds or its `settleMs` is over (at least once, with growing pauses). Never throws: an error is an answer. */
export async function probe(check: VerifyCheck, site: ProbeSite): Promise<ProbeResult> {
  const started = site.clock.monotonicMs();
  let pause = firstPauseMs;
  for (let attempts = 1; ; attempts++) {
    const { ok, answer } = await askOnce(check, site);
    const durationMs = site.clock.monotonicMs() - started;
    if (ok || durationMs + pause >= check.settleMs || site.signal?.aborted === true) return { check, ok, answer, attempts, durationMs };
    await site.clock.sleep(pause);
    pause = Math.min(pause * 2, longestPauseMs);
  }
}
