import type { Secret } from "../../../base/secret/index.ts";
import type { HostAnswer } from "../failures.ts";

export interface Wire {
  /** "https://gitlab.example/api/v4" */
  readonly api: string;
  readonly token: Secret;
}

export interface Request {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below the API root, or a full address. */
  readonly path: string;
  readonly query?: string;
  readonly body?: Readonly<Record<string, unknown>>;
}

/** What GITLAB_CI's own CI_JOB_TOKEN looks like since GitLab 17. */
export const isJobToken = (token: Secret): boolean => token.reveal().startsWith("glcbt-");

const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The client speaks camelCase, GitLab snake_case. */
export function queryOf(parameters: Readonly<Record<string, unknown>> = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined || value === null) continue;
    if (Array.isArray(value)) for (const one of value) query.append(`${snake(name)}[]`, textOf(one));
    else query.append(snake(name), textOf(value));
  }
  query.sort();
  return query.toString();
}

export function bodyOf(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [snake(name), value]));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * One request, one answer. Redirects are not followed: fetch would take PRIVATE-TOKEN to another host, and would turn a POST into a GET that seems
 * to have succeeded.
 */
export async function send(wire: Wire, request: Request, signal: AbortSignal): Promise<HostAnswer> {
  const address = /^https?:/.test(request.path) ? request.path : `${wire.api.replace(/\/+$/, "")}${request.path}`;
  const response = await fetch(request.query === undefined || request.query === "" ? address : `${address}?${request.query}`, {
    method: request.method,
    headers: {
      accept: "application/json",
      [isJobToken(wire.token) ? "job-token" : "private-token"]: wire.token.reveal(),
      ...(request.body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    redirect: "manual",
    signal,
  });
  return { status: response.status, headers: Object.fromEntries(response.headers.entries()), body: parsed(await response.text()) };
}
