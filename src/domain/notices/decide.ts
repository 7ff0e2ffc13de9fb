import { createHash } from "node:crypto";
import type { NoticeKind } from "../environments/index.ts";
import type { GoodRun, Incident, IncidentKey, Situation, Told, ToldIncident } from "./incidents.ts";

/** One message to one receiver: everything that became different since it was told last. */
export interface Notice {
  /** The same for the same news, whoever sends it and however often: receivers drop what they had. */
  readonly id: string;
  readonly environment: string;
  readonly opened: readonly Incident[];
  readonly resolved: readonly ToldIncident[];
  readonly good?: GoodRun;
}

const isSame = (a: IncidentKey, b: IncidentKey): boolean => a.stack === b.stack && a.kind === b.kind;

function idOf(environment: string, news: Pick<Notice, "opened" | "resolved"> & { readonly run: string | undefined }): string {
  const keys = (all: readonly ToldIncident[]): string[] => all.map(({ stack, kind, of }) => JSON.stringify([stack, kind, of])).sort();
  const text = JSON.stringify([environment, keys(news.opened), keys(news.resolved), news.run ?? ""]);
  return `trueup_${createHash("sha256").update(text).digest("hex").slice(0, 32)}`;
}

const within = (all: readonly IncidentKey[], one: IncidentKey): boolean => all.some((each) => isSame(each, one));

/** The good run that is news, and the one that the receiver knows then. */
function goodNews(told: Told | undefined, now: Situation, on: readonly NoticeKind[]): { readonly fresh?: GoodRun; readonly known?: string } {
  if (!on.includes("good")) return {};
  const known = now.good?.run ?? told?.good;
  const isFresh = now.good !== undefined && now.good.run !== told?.good;
  return { ...(isFresh ? { fresh: now.good } : {}), ...(known === undefined ? {} : { known }) };
}

/**
 * What a receiver is to be told now: each incident once when it begins and once when it is over, an apply that went well once. It is decided from
 * how things stand, not from what happened: what began and ended while nobody could be told is not told. `next` is what it knows then; keep it
 * once it was told. `on`: what it asked for.
 */
export function newsFor(told: Told | undefined, now: Situation, on: readonly NoticeKind[]): { readonly notice: Notice | undefined; readonly next: Told } {
  const { environment } = now;
  const wanted = now.incidents.filter(({ kind }) => on.includes(kind));
  const known = (told?.open ?? []).filter(({ kind }) => on.includes(kind));
  const opened = wanted.filter((one) => !within(known, one));
  const resolved = known.filter((one) => !within(wanted, one));
  const good = goodNews(told, now, on);
  const open = [...known.filter((one) => !resolved.includes(one)), ...opened].map(({ stack, kind, of, since }) => ({ stack, kind, of, since }));
  const next: Told = { open, ...(good.known === undefined ? {} : { good: good.known }) };
  if (opened.length + resolved.length === 0 && good.fresh === undefined) return { notice: undefined, next };
  const id = idOf(environment, { opened, resolved, run: good.fresh?.run });
  return { notice: { id, environment, opened, resolved, ...(good.fresh === undefined ? {} : { good: good.fresh }) }, next };
}
