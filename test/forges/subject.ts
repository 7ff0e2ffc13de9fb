import { expect } from "vitest";
import type { Clock } from "../../src/base/clock/index.ts";
import { Problem } from "../../src/base/problem/index.ts";
import { forgeClient, type Forge, type ForgeSettings } from "../../src/adapters/forges/index.ts";
import { hurriedClock } from "./hurried-clock.ts";
import { openStandin, type Standin } from "../../src/satellites/forge-standin/index.ts";

/** What one case of the contract works with. */
export interface Subject {
  readonly standin: Standin;
  /** Login that trueup writes as. */
  readonly us: string;
  readonly clock: Clock;
  readonly forge: Forge;
  /** Another run: by default with credentials of the same login, else as somebody else or with another deadline. */
  open(as?: { readonly login?: string; readonly deadlineMs?: number; readonly api?: string }): Forge;
}

export interface Case {
  readonly says: string;
  /** Not asked of hosts that cannot. */
  readonly where?: (forge: Forge) => boolean;
  readonly ask: (subject: Subject) => Promise<void>;
}

export type Credentials = "token" | "app" | "installation token";

/** Opens a host and trueup at it. Whoever needs the forge broken passes `altered`. */
export async function openSubject(
  host: Standin["name"],
  {
    credentials = "token",
    altered = (forge) => forge,
  }: { readonly credentials?: Credentials; readonly altered?: (forge: Forge, standin: Standin) => Forge } = {},
): Promise<Subject & { close(): Promise<void> }> {
  const standin = await openStandin(host);
  const clock = hurriedClock();
  const settings = (as: { readonly login?: string; readonly deadlineMs?: number }): ForgeSettings =>
    standin.settings({
      ...as,
      ...(as.login === undefined && credentials !== "token" ? { app: credentials === "app", installationToken: credentials !== "app" } : {}),
    });
  const client = await forgeClient(host);
  const open: Subject["open"] = ({ api, ...as } = {}) => altered(client({ ...settings(as), ...(api === undefined ? {} : { api }) }, clock), standin);
  return { standin, clock, us: credentials === "token" ? standin.us : standin.appLogin, forge: open(), open, close: () => standin.close() };
}

/** The Problem that a call ends in. */
export async function problemOf(call: Promise<unknown>): Promise<Problem> {
  const thrown = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(Problem);
  return thrown as Problem;
}

/** A pull request from a branch with one change. */
export function someChange({ standin }: Subject, head = "feature"): number {
  standin.push("ann", head);
  return standin.openPullRequest("ann", { head });
}
