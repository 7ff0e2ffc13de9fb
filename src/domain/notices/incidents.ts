import type { NoticeKind } from "../environments/index.ts";

export type IncidentKind = Exclude<NoticeKind, "good">;

/** What an incident is: told once for as long as it lasts, however often it is seen. */
export interface IncidentKey {
  /** "" for the whole environment. */
  readonly stack: string;
  readonly kind: IncidentKind;
}

/** An incident that somebody was told of. */
export interface ToldIncident extends IncidentKey {
  /** What it began with: a commit, or when drift was first seen. Another one is another incident to whoever counts messages. */
  readonly of: string;
  /** ISO. */
  readonly since: string;
}

export interface Incident extends ToldIncident {
  /** One line, public. */
  readonly what: string;
  /** What to do about it, as an exact command where there is one. */
  readonly todo: string;
}

/** An apply that ended well. */
export interface GoodRun {
  readonly run: string;
  readonly commit: string;
  /** ISO. */
  readonly at: string;
  readonly stacks: readonly string[];
}

/** How an environment stands, as its ledger says. */
export interface Situation {
  readonly environment: string;
  readonly incidents: readonly Incident[];
  /** The newest apply, if it ended well. */
  readonly good?: GoodRun;
}

/** What one receiver was told last. */
export interface Told {
  readonly open: readonly ToldIncident[];
  /** The run that it was told of as good. */
  readonly good?: string;
}
