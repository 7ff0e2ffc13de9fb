import type { z } from "zod";
import type { Clock } from "../../../base/clock/index.ts";
import { Problem } from "../../../base/problem/index.ts";
import type { Failures, HostAnswer, Question } from "../failures.ts";
import { Call } from "../patience.ts";
import { endpoints, type Endpoints, type Requester } from "./endpoints.ts";
import { bodyOf, queryOf, send, type Request, type Wire } from "./wire.ts";

export interface GitlabSite {
  readonly wire: Wire;
  /** "acme/platform/estate" */
  readonly project: string;
  readonly failures: Failures;
  readonly clock: Clock;
  readonly deadlineMs: number | undefined;
}

export type Ask = (api: Endpoints) => Promise<unknown>;

/** A "no" that the caller said it would judge by itself. */
export class Refusal {
  readonly status: number;
  readonly answer: HostAnswer;
  readonly question: Question;
  constructor(answer: HostAnswer, question: Question) {
    this.status = answer.status;
    this.answer = answer;
    this.question = question;
  }
  /** GitLab's own words. */
  get words(): string {
    const { body } = this.answer;
    const said = (body as { readonly message?: unknown } | null)?.message ?? body;
    return typeof said === "string" ? said : JSON.stringify(said);
  }
}

const firstPauseMs = 250;
const lastPauseMs = 1_000;

const rights = { read: "scope read_api, and at least the Developer role", write: "scope api, and at least the Developer role" };

/** One call of the port. Every answer that is read is parsed: the client's types promise what nobody has checked. */
export class GitlabCall {
  readonly project: string;
  readonly failures: Failures;
  readonly #site: GitlabSite;
  readonly #call: Call;
  #lost = false;

  constructor(site: GitlabSite) {
    this.project = site.project;
    this.failures = site.failures;
    this.#site = site;
    this.#call = new Call(site.clock, site.failures, site.deadlineMs);
  }

  async read<T>(schema: z.ZodType<T>, ask: Ask): Promise<T> {
    const thread = this.#thread([]);
    return this.failures.understood(schema, await ask(thread.api), thread.question);
  }

  /** Undefined where GitLab has no such thing, or hides it. */
  async find<T>(schema: z.ZodType<T>, ask: Ask): Promise<T | undefined> {
    try {
      return await this.read(schema, ask);
    } catch (thrown) {
      if (thrown instanceof Problem && thrown.code === "FORGE_MISSING") return undefined;
      throw thrown;
    }
  }

  /** Undefined also where it is switched off, or not part of the tier: GitLab then says "forbidden". */
  async offered<T>(schema: z.ZodType<T>, ask: Ask): Promise<T | undefined> {
    try {
      return await this.find(schema, ask);
    } catch (thrown) {
      if (thrown instanceof Problem && thrown.code === "FORGE_REFUSED") return undefined;
      throw thrown;
    }
  }

  /** Like read, but these statuses come back as a Refusal. */
  async attempt<T>(schema: z.ZodType<T>, expected: readonly number[], ask: Ask): Promise<T | Refusal> {
    const thread = this.#thread(expected);
    try {
      return this.failures.understood(schema, await ask(thread.api), thread.question);
    } catch (thrown) {
      if (thrown instanceof Refusal) return thrown;
      throw thrown;
    }
  }

  /** What is answered does not matter. */
  async act(ask: Ask): Promise<void> {
    await ask(this.#thread([]).api);
  }

  /** GraphQL lives beside the REST root and takes the same token. */
  async graphql<T>(schema: z.ZodType<T>, query: string): Promise<T> {
    const question = { endpoint: "POST /api/graphql", right: rights.read };
    const path = this.#site.wire.api.replace(/\/v4\/?$/, "/graphql");
    const request: Request = { method: "POST", path, body: { query } };
    const answer = await this.#call.ask({ question, repeatable: true, send: (signal) => send(this.#site.wire, request, signal) });
    return this.failures.understood(schema, answer.body, question);
  }

  /**
   * For a write that looks before it acts. When the answer to a POST is lost nobody knows whether it was done: then it looks again, instead of
   * posting blindly.
   */
  async looking<T>(write: () => Promise<T>): Promise<T> {
    for (let pauseMs = firstPauseMs; ; pauseMs *= 2) {
      this.#lost = false;
      try {
        return await write();
      } catch (thrown) {
        const isLost = this.#lost && thrown instanceof Problem && thrown.code === "FORGE_UNREACHABLE";
        if (!isLost || pauseMs > lastPauseMs || !(await this.pause(pauseMs))) throw thrown;
      }
    }
  }

  /** False, at once, when the deadline would come first. */
  pause(ms: number): Promise<boolean> {
    return this.#call.pause(ms);
  }

  #thread(expected: readonly number[]): Thread {
    const lose = (): void => {
      this.#lost = true;
    };
    return new Thread({ call: this.#call, site: this.#site, expected, lose });
  }
}

interface Ways {
  readonly call: Call;
  readonly site: GitlabSite;
  /** Statuses that come back as a Refusal. */
  readonly expected: readonly number[];
  readonly lose: () => void;
}

/** The requests of one question: several when it has pages. */
class Thread {
  readonly api: Endpoints;
  question: Question = { endpoint: "nothing" };
  readonly #ways: Ways;
  readonly #pages = new Set<string>();

  constructor(ways: Ways) {
    this.#ways = ways;
    this.api = endpoints((prefix) => this.#requester(prefix));
  }

  #requester(prefix: string): Requester {
    const through = (method: Request["method"]) => async (path: string, options?: Parameters<Requester["get"]>[1]) => {
      const fields = options?.body;
      const query = queryOf(options?.searchParams);
      const answer = await this.#ask({
        method,
        path: `${prefix}/${path}`,
        query,
        ...(fields === undefined || fields instanceof FormData || method === "DELETE" ? {} : { body: bodyOf(fields) }),
      });
      return { status: answer.status, headers: headersOf(answer, query), body: answer.body } as never;
    };
    return { get: through("GET"), post: through("POST"), put: through("PUT"), patch: through("PATCH"), delete: through("DELETE") };
  }

  async #ask(request: Request): Promise<HostAnswer> {
    this.question = this.#questionOf(request);
    if (request.path.split("/").some((part) => part === "." || part === "..")) throw this.#ways.site.failures.refused(...strangePath(this.question));
    const answer = await this.#send(request);
    if (answer.body instanceof Refusal) throw answer.body;
    if (request.method === "GET") this.#watchPages(request, answer);
    return answer;
  }

  async #send(request: Request): Promise<HostAnswer> {
    const { call, site, expected, lose } = this.#ways;
    const { question } = this;
    const once = async (signal: AbortSignal): Promise<HostAnswer> => {
      const raw = await send(site.wire, request, signal);
      return expected.includes(raw.status) ? { ...raw, status: 200, body: new Refusal(raw, question) } : raw;
    };
    try {
      return await call.ask({ question, repeatable: request.method !== "POST", send: once });
    } catch (thrown) {
      if (request.method === "POST") lose();
      throw thrown;
    }
  }

  /** The client follows whatever it is given: in circles, and into what is no list. */
  #watchPages(request: Request, answer: HostAnswer): void {
    const page = `${request.path}?${request.query}`;
    if (this.#pages.has(page)) throw this.#ways.site.failures.nonsense(this.question, "link", "the next page is one that was read before");
    if (this.#pages.size > 0 && !Array.isArray(answer.body)) throw this.#ways.site.failures.nonsense(this.question, "", "a later page that is no list");
    this.#pages.add(page);
  }

  #questionOf(request: Request): Question {
    const path = request.path.replace(encodeURIComponent(this.#ways.site.project), ":id");
    return { endpoint: `${request.method} ${path}`, right: request.method === "GET" ? rights.read : rights.write };
  }
}

const strangePath = (question: Question): [string, string] => [
  `is not asked for ${question.endpoint}: a name of dots leads elsewhere`,
  "Correct the name of the branch, group or person.",
];

/** Some proxies cut the Link header, which is the only one that the client looks for. */
function headersOf(answer: HostAnswer, query: string): Record<string, string> {
  const headers = Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, String(value ?? "")]));
  const next = headers["x-next-page"];
  if (next !== undefined && next !== "" && headers["link"] === undefined) {
    const following = new URLSearchParams(query);
    following.set("page", next);
    headers["link"] = `<?${following.toString()}>; rel="next"`;
  }
  return headers;
}
