import { request } from "node:http";
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

function askHttp(check: VerifyCheck & { kind: "http" }, site: ProbeSite): Promise<{ ok: boolean; answer: string }> {
  const url = new URL(check.url);
  const isMadeUp = url.hostname.endsWith(".invalid") && site.sandboxConsole !== undefined;
  const target = isMadeUp
    ? { protocol: "http:", host: "127.0.0.1", port: site.sandboxConsole }
    : { protocol: url.protocol, host: url.hostname, port: url.port === "" ? undefined : Number(url.port) };
  const ask = target.protocol === "https:" ? requestTls : request;
  return new Promise((resolve) => {
    const outgoing = ask(
      { host: target.host, port: target.port, path: `${url.pathname}${url.search}`, headers: { host: url.host }, timeout: attemptMs, agent: false },
      (answer) => {
        answer.resume();
        resolve({ ok: answer.statusCode === check.status, answer: String(answer.statusCode) });
      },
    );
    outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer within ${attemptMs / 1000} s`)));
    outgoing.on("error", (error) => resolve({ ok: false, answer: error.message }));
    outgoing.end();
  });
}

function askTcp(check: VerifyCheck & { kind: "tcp" }): Promise<{ ok: boolean; answer: string }> {
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

async function askCommand(check: VerifyCheck & { kind: "command" }, site: ProbeSite): Promise<{ ok: boolean; answer: string }> {
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

function askOnce(check: VerifyCheck, site: ProbeSite): Promise<{ ok: boolean; answer: string }> {
  switch (check.kind) {
    case "http":
      return askHttp(check, site);
    case "tcp":
      return askTcp(check);
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
