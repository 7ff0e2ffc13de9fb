import { createHash } from "node:crypto";
import type { Answer, Logged } from "./server.ts";

/** What a host lets one client do in a while; undefined where it does not count. */
export interface Limits {
  /** Requests per hour and token; an answer "still so" is free. */
  readonly requestsPerHour?: number;
  /** A read costs one point, a write five. */
  readonly pointsPerMinute?: number;
  /** Comments, reviews, pull requests and the like. */
  readonly creationsPerMinute?: number;
  readonly pushesPerMinute?: number;
}

/** As GitHub documents them for github.com. */
export const githubLimits: Limits = { requestsPerHour: 5000, pointsPerMinute: 900, creationsPerMinute: 80 };
/** What it recommends, and beyond which it may hold pushes back. */
export const githubRecommends: Limits = { pushesPerMinute: 6 };
/** As gitlab.com has them: 2,000 requests a minute for each person, and 60 notes. */
export const gitlabLimits: Limits = { requestsPerHour: 120_000, creationsPerMinute: 60 };

type Kind = keyof Limits;
const windowsMs: Readonly<Record<Kind, number>> = { requestsPerHour: 3_600_000, pointsPerMinute: 60_000, creationsPerMinute: 60_000, pushesPerMinute: 60_000 };

const creations: readonly Logged["purpose"][] = ["comment.create", "pull.create", "reaction"];

interface Spent {
  readonly at: number;
  readonly points: number;
}

export interface Exceeded {
  readonly kind: Kind;
  readonly retryAfterSeconds: number;
}

/** Counts what each token spent, and says no once it is too much. */
export class Meter {
  readonly #spent = new Map<string, Spent[]>();
  readonly #limits: () => Limits;
  readonly #now: () => number;

  constructor(limits: () => Limits, now: () => number = Date.now) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Spends for a request, or says which limit it is over: then nothing is spent. */
  take(logged: Logged): Exceeded | undefined {
    const costs = costsOf(logged);
    for (const [kind, points] of costs) {
      const over = this.#over(kind, logged.token ?? "nobody", points);
      if (over !== undefined) return over;
    }
    for (const [kind, points] of costs) this.#window(kind, logged.token ?? "nobody").push({ at: this.#now(), points });
    return undefined;
  }

  /** An answer "still so" costs nothing of the hour. */
  giveBack(logged: Logged): void {
    this.#window("requestsPerHour", logged.token ?? "nobody").pop();
  }

  left(kind: Kind, token: string): { readonly limit: number; readonly remaining: number; readonly resetsAt: number } | undefined {
    const limit = this.#limits()[kind];
    if (limit === undefined) return undefined;
    const window = this.#window(kind, token);
    const used = window.reduce((sum, { points }) => sum + points, 0);
    return { limit, remaining: Math.max(0, limit - used), resetsAt: (window[0]?.at ?? this.#now()) + windowsMs[kind] };
  }

  #over(kind: Kind, token: string, points: number): Exceeded | undefined {
    const limit = this.#limits()[kind];
    if (limit === undefined) return undefined;
    const window = this.#window(kind, token);
    const used = window.reduce((sum, one) => sum + one.points, 0);
    if (used + points <= limit) return undefined;
    const freeAt = (window[0]?.at ?? this.#now()) + windowsMs[kind];
    return { kind, retryAfterSeconds: Math.max(1, Math.ceil((freeAt - this.#now()) / 1000)) };
  }

  #window(kind: Kind, token: string): Spent[] {
    const key = `${kind} ${token}`;
    const since = this.#now() - windowsMs[kind];
    const kept = (this.#spent.get(key) ?? []).filter(({ at }) => at > since);
    this.#spent.set(key, kept);
    return kept;
  }
}

function costsOf({ method, purpose, path }: Logged): readonly (readonly [Kind, number])[] {
  if (purpose === "git.push") return path.includes("git-receive-pack") && method === "POST" ? [["pushesPerMinute", 1]] : [];
  if (purpose === "git.fetch" || purpose === "page") return [];
  const isRead = method === "GET" || method === "HEAD";
  return [["requestsPerHour", 1], ["pointsPerMinute", isRead ? 1 : 5], ...(creations.includes(purpose) && !isRead ? [["creationsPerMinute", 1] as const] : [])];
}

/** The answer with its tag; without a body and as "still so" when that is the tag which the client already has. */
export function conditional(answer: Answer, ifNoneMatch: string | undefined): Answer {
  if (answer.status !== 200 || answer.body === undefined) return answer;
  const etag = `W/"${createHash("sha256")
    .update(JSON.stringify(answer.body))
    .update(answer.headers?.["link"] ?? "")
    .digest("hex")}"`;
  const headers = { ...answer.headers, etag };
  return ifNoneMatch === etag ? { status: 304, headers } : { ...answer, headers };
}
