import { Octokit } from "@octokit/core";
import type { z } from "zod";
import type { Clock } from "../../../base/clock/index.ts";
import { Problem } from "../../../base/problem/index.ts";
import { Scrubber } from "../../../base/secret/index.ts";
import { Failures, type HostAnswer } from "../failures.ts";
import type { ForgeSettings } from "../forge.ts";
import { KnownAnswers } from "../known-answers.ts";
import { Call } from "../patience.ts";
import { openCredentials, type Credentials } from "./credentials.ts";
import { WritePace } from "./pace.ts";
import { graphAnswer } from "./schema.ts";

/** A list longer than this is a host that goes in circles. */
const mostPages = 1000;
const pageSize = 100;

export interface Asking {
  readonly params?: Readonly<Record<string, unknown>>;
  /** The right that it takes, as GitHub calls it: "pull requests: write". */
  readonly right?: string;
  /** Of writes: whether doing it twice is the same as once. */
  readonly repeatable?: boolean;
  /** As the App itself, not as its installation. */
  readonly asApp?: boolean;
}

interface Routed extends Asking {
  readonly route: string;
  readonly baseUrl?: string;
}

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Read here and not by the client: that one takes an answer that breaks off for an empty one. */
function textOf(stream: unknown): Promise<string> {
  return new Response(stream instanceof ReadableStream ? stream : null).text();
}

/** What is no JSON stays text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** "https://host/api/v3" answers GraphQL at "https://host/api/graphql", api.github.com below its own root. */
const graphRoot = (api: string): string => api.replace(/\/v3$/, "");

/** One repository on GitHub, with the credentials for it. */
export class GitHubClient {
  readonly owner: string;
  readonly repo: string;
  readonly clock: Clock;
  readonly failures: Failures;
  readonly credentials: Credentials;
  readonly pace: WritePace;
  readonly api: string;
  readonly #octokit: Octokit;
  readonly #known = new KnownAnswers();
  readonly #deadlineMs: number | undefined;

  constructor(settings: ForgeSettings, clock: Clock) {
    const [owner, repo, ...more] = settings.repository.split("/");
    if (!owner || !repo || more.length > 0) {
      throw new Problem("CONFIG_INVALID", {
        what: `"${settings.repository}" is not a repository on GitHub`,
        on: settings.repository,
        todo: 'Name it as "owner/repository".',
      });
    }
    [this.owner, this.repo, this.clock] = [owner, repo, clock];
    this.api = settings.api.replace(/\/+$/, "");
    this.#deadlineMs = settings.deadlineMs;
    const scrubber = new Scrubber();
    this.credentials = openCredentials(settings.credentials, clock, scrubber);
    this.failures = new Failures({ host: "GitHub", repository: settings.repository, clock, scrubber });
    this.pace = new WritePace(clock);
    this.#octokit = new Octokit({ baseUrl: this.api, userAgent: "trueup", log: silent });
  }

  /** Begins one call of the port. */
  begin(): GitHubCall {
    return new GitHubCall(this, new Call(this.clock, this.failures, this.#deadlineMs));
  }

  /** One request, without any patience. Redirects are not followed: a token goes where the settings say and nowhere else. */
  async send(routed: Routed, authorization: string, signal: AbortSignal): Promise<HostAnswer> {
    const { route } = routed;
    const question = questionOf(routed);
    try {
      const { status, headers, data } = await this.#octokit.request(route, this.#request(routed, { authorization, ...this.#tagOf(question) }, signal));
      const text = await textOf(data);
      if (question !== undefined && headers.etag !== undefined) this.#known.keep(question, { tag: headers.etag, text, headers });
      return { status, headers, body: parsed(text) };
    } catch (thrown) {
      const { response } = thrown as { response?: HostResponse };
      if (response === undefined) throw thrown;
      return (response.status === 304 ? this.#confirmed(question) : undefined) ?? refusal(response, route);
    }
  }

  #request({ route, params, baseUrl }: Routed, headers: Readonly<Record<string, string>>, signal: AbortSignal): RequestParameters {
    return {
      ...(route.includes("{owner}") ? { owner: this.owner, repo: this.repo } : {}),
      ...params,
      ...(baseUrl === undefined ? {} : { baseUrl }),
      headers: { ...headers, "x-github-api-version": "2022-11-28" },
      request: { signal, redirect: "manual", log: silent, parseSuccessResponseBody: false },
    };
  }

  #tagOf(question: string | undefined): { "if-none-match"?: string } {
    const tag = question === undefined ? undefined : this.#known.tagOf(question);
    return tag === undefined ? {} : { "if-none-match": tag };
  }

  #confirmed(question: string | undefined): HostAnswer | undefined {
    const known = question === undefined ? undefined : this.#known.confirmed(question);
    return known === undefined ? undefined : { status: 200, headers: known.headers, body: parsed(known.text) };
  }
}

type RequestParameters = NonNullable<Parameters<Octokit["request"]>[1]>;

/** What is asked, where the same question may be answered by "still so". */
function questionOf({ route, params, baseUrl }: Routed): string | undefined {
  return route.startsWith("GET ") ? `${route} ${JSON.stringify(params ?? {})} ${baseUrl ?? ""}` : undefined;
}

interface HostResponse {
  readonly status: number;
  readonly headers: HostAnswer["headers"];
  readonly data: unknown;
}

/** For a commit that is not there GitHub calls the reading of what hangs on it invalid. */
function refusal({ status, headers, data }: HostResponse, route: string): HostAnswer {
  return { status: status === 422 && route.startsWith("GET ") ? 404 : status, headers, body: data };
}

/** One call of the port: its requests share one deadline, and every answer is checked. */
export class GitHubCall {
  readonly client: GitHubClient;
  readonly #call: Call;
  #lastStatus = 0;

  constructor(client: GitHubClient, call: Call) {
    this.client = client;
    this.#call = call;
  }

  get failures(): Failures {
    return this.client.failures;
  }

  /** False, at once, when the deadline would come first. */
  pause(ms: number): Promise<boolean> {
    return this.#call.pause(ms);
  }

  async read<T>(route: string, schema: z.ZodType<T>, asking: Asking = {}): Promise<T> {
    const answer = await this.#ask({ ...asking, route, repeatable: true });
    return this.#understood(schema, answer.body, { ...asking, route });
  }

  /** Undefined where GitHub has no such thing. */
  async readIfThere<T>(route: string, schema: z.ZodType<T>, asking: Asking = {}): Promise<T | undefined> {
    try {
      return await this.read(route, schema, asking);
    } catch (thrown) {
      if (thrown instanceof Problem && thrown.code === "FORGE_MISSING") return undefined;
      throw thrown;
    }
  }

  /** Undefined where the credentials are good and the right is not there. For requests that come one after the other. */
  async ifAllowed<T>(ask: Promise<T>): Promise<T | undefined> {
    try {
      return await ask;
    } catch (thrown) {
      if (this.#lastStatus === 403 && thrown instanceof Problem && thrown.code === "FORGE_REFUSED") return undefined;
      throw thrown;
    }
  }

  /** All pages, each as it comes, so that a reader can stop. `key` is where the list is when the body is not the list itself. */
  async *pages<T>(route: string, schema: z.ZodType<T>, { key, ...asking }: Asking & { readonly key?: string } = {}): AsyncGenerator<readonly T[]> {
    let params: Record<string, unknown> = { ...asking.params, per_page: pageSize };
    for (let page = 1; page <= mostPages; page++) {
      const routed = { ...asking, route, params, repeatable: true };
      const answer = await this.#ask(routed);
      const items: unknown = key === undefined ? answer.body : (answer.body as Record<string, unknown> | undefined)?.[key];
      if (!Array.isArray(items)) throw this.failures.nonsense({ endpoint: route }, key ?? "", "it is not a list");
      yield items.map((item) => this.#understood(schema, item, routed));
      const next = /<([^<>]+)>;\s*rel="next"/.exec(String(answer.headers["link"] ?? ""))?.[1];
      if (next === undefined) return;
      // Only the query is taken from the link: the next page is asked at the address that we were given, not at one in an answer.
      params = { ...params, ...Object.fromEntries(new URL(next, this.client.api).searchParams) };
    }
    throw this.failures.nonsense({ endpoint: route }, "", `more than ${mostPages} pages`);
  }

  async all<T>(route: string, schema: z.ZodType<T>, asking: Asking & { readonly key?: string } = {}): Promise<T[]> {
    const items: T[] = [];
    for await (const page of this.pages(route, schema, asking)) items.push(...page);
    return items;
  }

  async write<T>(route: string, schema: z.ZodType<T>, asking: Asking = {}): Promise<T> {
    const waitMs = this.client.pace.takeMs();
    if (!(await this.pause(waitMs))) {
      throw this.failures.answered({ status: 429, headers: { "retry-after": Math.ceil(waitMs / 1000) }, body: "" }, { endpoint: route });
    }
    const answer = await this.#ask({ ...asking, route });
    return this.#understood(schema, answer.body, { ...asking, route });
  }

  /** The errors are GitHub's own words: they come with a 200. */
  async graph(query: string, variables: Readonly<Record<string, unknown>>): Promise<{ readonly data: unknown; readonly errors: readonly string[] }> {
    const routed = { route: "POST /graphql", params: { query, variables }, baseUrl: graphRoot(this.client.api), repeatable: true };
    const answer = this.#understood(graphAnswer, (await this.#ask(routed)).body, routed);
    return { data: answer.data, errors: (answer.errors ?? []).map(({ message }) => message) };
  }

  #understood<T>(schema: z.ZodType<T>, body: unknown, { route, right }: Routed): T {
    return this.failures.understood(schema, body, { endpoint: route, ...(right === undefined ? {} : { right }) });
  }

  async #ask(routed: Routed): Promise<HostAnswer> {
    const { route, right, repeatable = false } = routed;
    // Outside of the attempt: what it asks has patience of its own.
    let authorization = await this.#authorization(routed);
    let renewed = false;
    const send = async (signal: AbortSignal): Promise<HostAnswer> => {
      let answer = await this.client.send(routed, authorization, signal);
      if (answer.status === 401 && routed.asApp !== true && !renewed && this.client.credentials.renew()) {
        renewed = true;
        authorization = await this.#authorization(routed);
        answer = await this.client.send(routed, authorization, signal);
      }
      this.#lastStatus = answer.status;
      return answer;
    };
    return this.#call.ask({ question: { endpoint: route, ...(right === undefined ? {} : { right }) }, repeatable, send });
  }

  #authorization({ asApp }: Routed): Promise<string> {
    const { credentials } = this.client;
    return (asApp === true ? credentials.appHeader() : undefined) ?? credentials.header(this);
  }
}
