import { createPublicKey, verify } from "node:crypto";
import { commentRoutes } from "./github-comments.ts";
import { commitRoutes } from "./github-commits.ts";
import { issueRoutes } from "./github-issues.ts";
import { pullRoutes } from "./github-pulls.ts";
import { accessRoutes } from "./github-access.ts";
import { message, type AppFacts, type Desk, type GithubFacts } from "./github-desk.ts";
import type { Exceeded, Meter } from "./limits.ts";
import { permits, Refusal, type Token } from "./model.ts";
import { notice } from "./pulls.ts";
import type { Answer, Asked, Dialect } from "./server.ts";
import { linkHeader, paged } from "./words.ts";

const presented = (headers: Asked["headers"]): string | undefined => /^(?:token|bearer)\s+(\S+)$/i.exec(headers.authorization ?? "")?.[1];

function signedByApp(app: AppFacts | undefined, jwt: string | undefined): boolean {
  const [head = "", claims = "", signature = ""] = jwt?.split(".") ?? [];
  if (app === undefined || signature === "") return false;
  if (!verify("RSA-SHA256", Buffer.from(`${head}.${claims}`), createPublicKey(app.publicKey), Buffer.from(signature, "base64url"))) return false;
  const said = JSON.parse(Buffer.from(claims, "base64url").toString()) as { iss?: unknown; exp?: number };
  return String(said.iss) === String(app.id) && (said.exp ?? 0) * 1000 > Date.now();
}

const statuses = { forbidden: 403, missing: 404, conflict: 422, invalid: 422, unmergeable: 405 } as const;

function limited({ kind, retryAfterSeconds }: Exceeded): Answer {
  if (kind === "requestsPerHour") return message(403, "API rate limit exceeded");
  return {
    ...message(403, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."),
    headers: { "retry-after": String(retryAfterSeconds) },
  };
}

function allowance(meter: Meter, token: string): Record<string, string> {
  const left = meter.left("requestsPerHour", token);
  if (left === undefined) return {};
  const { limit, remaining, resetsAt } = left;
  return {
    "x-ratelimit-limit": String(limit),
    "x-ratelimit-remaining": String(remaining),
    "x-ratelimit-used": String(limit - remaining),
    "x-ratelimit-reset": String(Math.ceil(resetsAt / 1000)),
    "x-ratelimit-resource": "core",
  };
}

export function github(facts: GithubFacts): Dialect {
  const { model, tokens, app } = facts;
  const tokenOf = (headers: Asked["headers"]): Token | undefined => {
    const token = tokens.get(presented(headers) ?? "");
    return token?.expiresAt !== undefined && token.expiresAt < new Date() ? undefined : token;
  };
  const desk: Desk = {
    model,
    facts,
    shapes: (asked) => ({ model, api: asked.root, appSlug: app?.slug }),
    caller: (asked) => {
      const token = tokenOf(asked.headers);
      if (token === undefined) throw new Refusal("forbidden", "Bad credentials");
      return token;
    },
    app: () => {
      if (app === undefined) throw new Refusal("missing", "Not Found");
      return app;
    },
    pages: (asked, items, wrap = (shown) => shown) => {
      const page = paged(asked, items, 30);
      const link = linkHeader(asked, page);
      return { status: 200, body: wrap(page.items), ...(link === "" ? {} : { headers: { link } }) };
    },
  };
  const enter = (asked: Asked): Answer | undefined => {
    const path = asked.url.pathname;
    const byApp = signedByApp(app, presented(asked.headers));
    if (byApp)
      return /^\/(app|repos\/[^/]+\/[^/]+\/installation|orgs\/[^/]+\/installation|users\/[^/]+\/installation)(\/|$)/.test(path)
        ? undefined
        : message(401, "A JSON web token could not be decoded");
    const token = tokenOf(asked.headers);
    if (token === undefined) return message(401, "Bad credentials");
    const repository = /^\/repos\/([^/]+\/[^/]+)/.exec(path)?.[1];
    if (repository === undefined) return undefined;
    if (repository.toLowerCase() !== model.repository.toLowerCase() || !permits(model, token.login, "read")) return message(404, "Not Found");
    notice(model, (number) => `refs/pull/${number}/head`);
    return undefined;
  };
  return {
    routes: [...commentRoutes(desk), ...issueRoutes(desk), ...pullRoutes(desk), ...commitRoutes(desk), ...accessRoutes(desk)],
    enter,
    nameOfToken: (headers) => tokens.get(presented(headers) ?? "")?.name ?? (signedByApp(app, presented(headers)) ? "app" : undefined),
    limited,
    allowance,
    stranger: () => message(404, "Not Found"),
    failed: (error) => {
      if (error instanceof SyntaxError) return message(400, "Problems parsing JSON");
      if (!(error instanceof Refusal)) throw error;
      return message(
        statuses[error.kind],
        error.kind === "invalid" ? "Validation Failed" : error.message,
        error.kind === "invalid" ? [{ message: error.message }] : undefined,
      );
    },
  };
}
