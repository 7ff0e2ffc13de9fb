import { accessRoutes } from "./gitlab-access.ts";
import { commitRoutes } from "./gitlab-commits.ts";
import { message, type Desk } from "./gitlab-desk.ts";
import { issueRoutes } from "./gitlab-issues.ts";
import { graphRoute, noteRoutes } from "./gitlab-notes.ts";
import { mergeRequestRoutes } from "./gitlab-merge-requests.ts";
import { projectId } from "./gitlab-shapes.ts";
import { permits, Refusal, type Model, type Token } from "./model.ts";
import { notice } from "./pulls.ts";
import type { Answer, Asked, Dialect } from "./server.ts";
import { linkHeader, paged } from "./words.ts";

export interface GitlabFacts {
  readonly model: Model;
  /** By value. */
  readonly tokens: Map<string, Token>;
}

const presented = (headers: Asked["headers"]): string => {
  const own = headers["private-token"] ?? headers["job-token"];
  return typeof own === "string" ? own : (/^bearer\s+(\S+)$/i.exec(headers.authorization ?? "")?.[1] ?? "");
};

const answers: Readonly<Record<Refusal["kind"], (said: string) => Answer>> = {
  forbidden: () => message(403, "403 Forbidden"),
  missing: () => message(404, "404 Not found"),
  conflict: (said) => message(409, [said]),
  invalid: (said) => message(400, { base: [said] }),
  unmergeable: () => message(405, "405 Method Not Allowed"),
};

export function gitlab({ model, tokens }: GitlabFacts): Dialect {
  const desk: Desk = {
    model,
    shapes: (asked) => ({ model, web: asked.root }),
    caller: (asked) => {
      const token = tokens.get(presented(asked.headers));
      if (token === undefined) throw new Refusal("forbidden", "401 Unauthorized");
      return token;
    },
    pages: (asked, items) => {
      const page = paged(asked, items, 20);
      const headers = {
        link: linkHeader(asked, page),
        "x-page": String(page.page),
        "x-per-page": String(page.perPage),
        "x-prev-page": page.page > 1 ? String(page.page - 1) : "",
        "x-next-page": page.page < page.pages ? String(page.page + 1) : "",
        "x-total": String(page.total),
        "x-total-pages": String(page.pages),
      };
      return { status: 200, body: page.items, headers };
    },
  };
  const enter = (asked: Asked): Answer | undefined => {
    const token = tokens.get(presented(asked.headers));
    if (token === undefined) return message(401, "401 Unauthorized");
    const named = /\/projects\/([^/]+)/.exec(asked.url.pathname)?.[1];
    if (named === undefined) return undefined;
    const known = decodeURIComponent(named) === model.repository || named === String(projectId);
    if (!known || !permits(model, token.login, "read")) return message(404, "404 Project Not Found");
    notice(model, (number) => `refs/merge-requests/${number}/head`);
    return undefined;
  };
  return {
    routes: [
      ...[noteRoutes, issueRoutes, mergeRequestRoutes, commitRoutes, accessRoutes]
        .flatMap((routes) => routes(desk))
        .map((route) => ({ ...route, path: `/api/v4${route.path}` })),
      graphRoute(desk),
    ],
    enter,
    nameOfToken: (headers) => tokens.get(presented(headers))?.name,
    limited: ({ retryAfterSeconds }) => ({
      status: 429,
      bytes: Buffer.from("Retry later\n"),
      headers: { "content-type": "text/plain", "retry-after": String(retryAfterSeconds), "ratelimit-remaining": "0" },
    }),
    stranger: () => ({ status: 404, body: { error: "404 Not Found" } }),
    failed: (error) => {
      if (error instanceof SyntaxError) return message(400, "400 Bad request");
      if (!(error instanceof Refusal)) throw error;
      return answers[error.kind](error.message);
    },
  };
}
