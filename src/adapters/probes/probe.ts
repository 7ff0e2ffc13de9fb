import { connect } from "node:net";
import { runChild } from "../../base/process/index.ts";
import type { VerifyCheck } from "../../domain/environments/index.ts";
import { ask, attemptMs } from "./ask.ts";
import { askKubernetes } from "./kubernetes.ts";
import { askPrometheus } from "./prometheus.ts";
import type { Answer, ProbeSite } from "./site.ts";

export interface ProbeResult {
  readonly check: VerifyCheck;
  readonly ok: boolean;
  /** The last answer in a person's words: `503`, `refused`, `exit 2`. */
  readonly answer: string;
  readonly attempts: number;
  readonly durationMs: number;
}

const firstPauseMs = 200;
const longestPauseMs = 5_000;

/** Answers http for every host that an object of the sandbox has: 200, 503 when one of its objects is ill, 404 when nobody has it. */
function consoleFor(host: string, site: ProbeSite): number | undefined {
  return host.endsWith(".invalid") ? site.sandboxConsole : undefined;
}

async function askHttp(check: VerifyCheck & { kind: "http" }, site: ProbeSite): Promise<Answer> {
  const url = new URL(check.url);
  const path = `${url.pathname}${url.search}`;
  const console = consoleFor(url.hostname, site);
  const answer =
    console === undefined
      ? await ask(url.protocol === "https:", { host: url.hostname, port: url.port === "" ? undefined : Number(url.port), path }, "status")
      : await ask(false, { host: "127.0.0.1", port: console, path, headers: { host: url.host } }, "status");
  return answer instanceof Error ? { ok: false, answer: answer.message } : { ok: answer.status === check.status, answer: String(answer.status) };
}

const saidByConsole: Readonly<Record<number, string>> = { 200: "connected", 404: "not found", 503: "refused (unhealthy)" };

/** The sandbox knows which hosts there are and whether they are well, not their ports: any port of a healthy host is open. */
async function askConsole(host: string, port: number): Promise<Answer> {
  const answer = await ask(false, { host: "127.0.0.1", port, path: "/", headers: { host } }, "status");
  if (answer instanceof Error) return { ok: false, answer: answer.message };
  return { ok: answer.status === 200, answer: saidByConsole[answer.status] ?? `the sandbox console says ${answer.status}` };
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
    case "kubernetes":
      return askKubernetes(check, site);
    case "prometheus":
      return askPrometheus(check, site);
  }
}

/** One look, and what the looks before it came to. Times are since the first. */
interface Look extends Answer {
  readonly atMs: number;
  /** Since when it holds without a break. */
  readonly since: number | undefined;
  /** It held at the look before. */
  readonly held: boolean;
}

/** Whether this look is the last one, and what it says then. `inMs`: how long until the next. */
function verdictOf(check: VerifyCheck, look: Look, next: { readonly inMs: number; readonly cancelled: boolean }): Answer | undefined {
  const { settleMs, holdsMs = 0 } = check;
  const { ok, answer, since, atMs, held } = look;
  if (since !== undefined && atMs - since >= holdsMs) return { ok: true, answer };
  if (next.cancelled) return { ok: false, answer: ok ? `${answer}, but cancelled before it held for ${holdsMs / 1000} s` : answer };
  if (since === undefined && atMs + next.inMs >= settleMs) return { ok: false, answer: held ? `${answer}, after it had held for a while` : answer };
  return undefined;
}

/**
 * Asks until the check holds or its `settleMs` is over (at least once, with growing pauses). With `holdsMs` it must then go on to hold that long: one
 * answer that does not begins the wait anew, as long as `settleMs` lasts. Never throws: an error is an answer.
 */
export async function probe(check: VerifyCheck, site: ProbeSite): Promise<ProbeResult> {
  const started = site.clock.monotonicMs();
  let pause = firstPauseMs;
  let since: number | undefined;
  for (let attempts = 1; ; attempts++) {
    const said = await askOnce(check, site);
    const atMs = site.clock.monotonicMs() - started;
    const held = since !== undefined;
    since = said.ok ? (since ?? atMs) : undefined;
    const last = verdictOf(check, { ...said, atMs, since, held }, { inMs: pause, cancelled: site.signal?.aborted === true });
    if (last !== undefined) return { check, ...last, attempts, durationMs: atMs };
    await site.clock.sleep(since === undefined ? pause : Math.min(pause, Math.max(1, since + (check.holdsMs ?? 0) - atMs)));
    pause = Math.min(pause * 2, longestPauseMs);
  }
}
