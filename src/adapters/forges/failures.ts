import type { z } from "zod";
import type { Clock } from "../../base/clock/index.ts";
import { Problem, type ProblemCode } from "../../base/problem/index.ts";
import type { Scrubber } from "../../base/secret/index.ts";

/** One question to a host, in words that may be published. */
export interface Question {
  /** Method and path template: "GET /repos/{owner}/{repo}/pulls/{number}". Never a full URL: it could hold a token. */
  readonly endpoint: string;
  /** The right that it takes, as the host calls it: "pull requests: write". */
  readonly right?: string;
}

/** What came back over HTTP; header names in lower case. */
export interface HostAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
  readonly body: unknown;
}

export interface FailureSite {
  /** The host as people call it: "GitHub". */
  readonly host: string;
  readonly repository: string;
  readonly clock: Clock;
  /** Knows the credentials of this forge, those made on the way included. */
  readonly scrubber: Scrubber;
}

/** What a host means by a limit without saying how long it lasts. */
const unsaidLimitMs = 60_000;
const unreachableRetryMs = 30_000;
const longestReason = 300;

const inUrls: readonly (readonly [RegExp, string])[] = [
  [/(:\/\/)[^/\s@]+@/g, "$1[secret]@"],
  [/([?&](?:private_token|access_token|job_token|token|client_secret)=)[^&\s"']+/gi, "$1[secret]"],
];

function flat(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value))
    return value
      .map(flat)
      .filter((text) => text !== "")
      .join("; ");
  if (typeof value !== "object" || value === null) return "";
  const fields = value as Readonly<Record<string, unknown>>;
  if ("message" in fields || "error" in fields || "code" in fields)
    return [fields["message"] ?? fields["error"] ?? fields["code"], fields["error_description"], fields["errors"]]
      .map(flat)
      .filter((text) => text !== "")
      .join(": ");
  return Object.entries(fields)
    .map(([name, inner]) => `${name} ${flat(inner)}`)
    .join("; ");
}

/** The host's own words, whichever of its shapes they come in. A page of HTML (a proxy's) says nothing that helps. */
function hostWords(body: unknown): string {
  const text = typeof body === "string" && body.trimStart().startsWith("<") ? "" : flat(body);
  return text.replaceAll(/\s+/g, " ").trim().slice(0, longestReason);
}

function header(answer: HostAnswer, ...names: readonly string[]): string | undefined {
  const found = names.map((name) => answer.headers[name]).find((value) => value !== undefined && value !== "");
  return found === undefined ? undefined : String(found);
}

/** When the host wants to be asked again: seconds, an HTTP date, or the second in which its window ends. */
function askedToWaitMs(answer: HostAnswer, now: Date): number | undefined {
  const after = header(answer, "retry-after");
  if (after !== undefined) {
    const ms = /^\d+$/.test(after.trim()) ? Number(after) * 1000 : Date.parse(after) - now.getTime();
    if (!Number.isNaN(ms)) return Math.max(0, ms);
  }
  const reset = Number(header(answer, "x-ratelimit-reset", "ratelimit-reset"));
  // A second more: the window ends inside the second that is named.
  return isUsedUp(answer) && Number.isFinite(reset) ? Math.max(0, reset * 1000 - now.getTime()) + 1000 : undefined;
}

const isUsedUp = (answer: HostAnswer): boolean => header(answer, "x-ratelimit-remaining", "ratelimit-remaining") === "0";

/** A 403 can be a limit (GitHub): known by its headers, and by its words where it has none. */
function isLimit(answer: HostAnswer): boolean {
  if (answer.status === 429) return true;
  if (answer.status !== 403) return false;
  return header(answer, "retry-after") !== undefined || isUsedUp(answer) || /\brate limit|abuse detection/i.test(hostWords(answer.body));
}

/** Turns what goes wrong between us and a host into Problems. No text of theirs holds a token. */
export class Failures {
  readonly #site: FailureSite;

  constructor(site: FailureSite) {
    this.#site = site;
  }

  /** An answer that is not a success. */
  answered(answer: HostAnswer, question: Question): Problem {
    const { status } = answer;
    const waitMs = askedToWaitMs(answer, this.#site.clock.now());
    if (isLimit(answer)) return this.#limited(waitMs ?? unsaidLimitMs, question);
    if (status >= 500 || status === 408) return this.#failed(`answered ${status} to ${question.endpoint}`, waitMs ?? unreachableRetryMs);
    if (status === 401 || status === 403) return this.#refused(answer, question);
    if (status === 404 || status === 410) return this.#missing(`has nothing at ${question.endpoint}${this.#reason(answer)}`, question);
    if (status >= 300 && status < 400)
      return this.#missing(`moved what was at ${question.endpoint}`, question, "Name the repository as it is called now in trueup.config.ts.");
    return this.#problem("FORGE_REFUSED", {
      what: `did not do ${question.endpoint}: ${status}${this.#reason(answer)}`,
      todo: "Change what the host objects to, then run the same command again.",
    });
  }

  /** No answer: the network, a name, a certificate, our own deadline. */
  unreachable(thrown: unknown, question: Question): Problem {
    const chain = [thrown, (thrown as { cause?: unknown } | undefined)?.cause].filter((error) => error instanceof Error);
    const reason = [...new Set(chain.map((error) => error.message))].join(": ") || "no answer";
    return this.#failed(`did not answer ${question.endpoint}: ${reason}`, unreachableRetryMs);
  }

  /** The host's yes, in a shape that its documentation does not know. `field` is a path: "head.sha". */
  nonsense(question: Question, field: string, found: string): Problem {
    return this.#problem("FORGE_NONSENSE", {
      what: `answered ${question.endpoint} with a ${field === "" ? "body" : `"${field}"`} that is not understood: ${found}`,
      todo: "Check that the API address is right and that no proxy stands between; then report what host and version it is.",
    });
  }

  /** Parses what was read; only what a schema names is looked at. */
  understood<T>(schema: z.ZodType<T>, body: unknown, question: Question): T {
    const parsed = schema.safeParse(body);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    throw this.nonsense(question, issue?.path.map(String).join(".") ?? "", issue?.message ?? "no reason");
  }

  /** The host's "no" with a reason of ours. */
  refused(what: string, todo: string): Problem {
    return this.#problem("FORGE_REFUSED", { what, todo });
  }

  scrub(text: string): string {
    let clean = this.#site.scrubber.scrub(text);
    for (const [pattern, instead] of inUrls) clean = clean.replaceAll(pattern, instead);
    return clean;
  }

  #reason(answer: HostAnswer): string {
    const words = hostWords(answer.body);
    return words === "" ? "" : `: ${words}`;
  }

  #limited(afterMs: number, question: Question): Problem {
    return this.#problem("FORGE_LIMITED", {
      what: `asks to slow down at ${question.endpoint}`,
      todo: `Run the same command again in ${Math.ceil(afterMs / 1000)} s.`,
      retry: { afterMs },
    });
  }

  #failed(what: string, afterMs: number): Problem {
    return this.#problem("FORGE_UNREACHABLE", {
      what,
      todo: "Check the network, the API address and the host's status page, then run the same command again.",
      retry: { afterMs },
    });
  }

  #refused(answer: HostAnswer, question: Question): Problem {
    const right = question.right === undefined ? "" : ` It takes "${question.right}".`;
    return this.#problem("FORGE_REFUSED", {
      what: `${answer.status === 401 ? "does not know the credentials for" : "does not allow"} ${question.endpoint}${this.#reason(answer)}`,
      todo: answer.status === 401 ? "Give a token that is valid and not expired." : `Give the token the right for it.${right}`,
    });
  }

  #missing(what: string, question: Question, todo?: string): Problem {
    const right = question.right === undefined ? "" : ` Hosts also hide what a token may not see: it takes "${question.right}".`;
    return this.#problem("FORGE_MISSING", { what, todo: todo ?? `Check the name or number.${right}` });
  }

  #problem(code: ProblemCode, facts: { readonly what: string; readonly todo: string; readonly retry?: { readonly afterMs: number } }): Problem {
    const { host, repository } = this.#site;
    // Without `cause`: a client's error carries the request, and that carries the credentials.
    return new Problem(code, { ...facts, what: this.scrub(`${host} ${facts.what}`), on: this.scrub(repository), todo: this.scrub(facts.todo) });
  }
}
