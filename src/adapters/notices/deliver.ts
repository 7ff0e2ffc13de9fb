import type { Clock } from "../../base/clock/index.ts";
import { Scrubber, type Secret } from "../../base/secret/index.ts";
import { signature } from "./sign.ts";

/** Where messages go. The address of a Slack webhook is itself the secret. */
export type Destination = { readonly kind: "webhook"; readonly url: string; readonly secret: Secret } | { readonly kind: "slack"; readonly url: Secret };

export interface Parcel {
  /** The same for each try. */
  readonly id: string;
  /** JSON. */
  readonly body: string;
}

/** `why` is public: it names no address, no secret and no word of the receiver. */
export type Delivery = { readonly kind: "delivered" } | { readonly kind: "undelivered"; readonly why: string };

export interface DeliverySite {
  readonly clock: Clock;
  /** For all tries and waits together. Milliseconds. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
}

const firstPauseMs = 250;
const mostTries = 6;
/** A receiver that is silent for so long is asked again rather than waited for. */
const silenceMs = 4_000;

type Answer =
  | { readonly kind: "delivered" }
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "later"; readonly why: string; readonly afterMs: number };

function isOnThisMachine(hostname: string): boolean {
  return ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
}

/** Slack's address comes from a variable that nobody has checked yet. */
function faultOf(address: string): string | undefined {
  if (!URL.canParse(address)) return "its address is none";
  const { protocol, hostname } = new URL(address);
  if (protocol === "https:" || (protocol === "http:" && isOnThisMachine(hostname))) return undefined;
  return "its address is not https";
}

/** Seconds or a date; the receiver's wish counts only as far as the deadline lets it. */
function wishedMs(wish: string | null, now: Date): number {
  if (wish === null) return 0;
  const ms = /^\d{1,9}$/.test(wish.trim()) ? Number(wish) * 1000 : Date.parse(wish) - now.getTime();
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
}

function judged(response: Response, now: Date): Answer {
  const { status, headers } = response;
  if (status >= 200 && status < 300) return { kind: "delivered" };
  // Followed, the message would go where nobody who wrote the rules has sent it.
  if (status >= 300 && status < 400) return { kind: "refused", why: `it redirects (${status}): write the address that it redirects to` };
  if (status === 429 || status === 408 || status >= 500)
    return { kind: "later", why: `it answered ${status}`, afterMs: wishedMs(headers.get("retry-after"), now) };
  return { kind: "refused", why: `it answered ${status}` };
}

function reasonOf(thrown: unknown, isSilent: boolean): string {
  if (isSilent) return "it did not answer in time";
  const cause = (thrown as { readonly cause?: { readonly code?: unknown } } | undefined)?.cause;
  return typeof cause?.code === "string" ? `it cannot be reached (${cause.code})` : "it cannot be reached";
}

async function post(
  to: Destination,
  { id, body }: Parcel,
  { clock, signal, leftMs }: Omit<DeliverySite, "deadlineMs"> & { readonly leftMs: number },
): Promise<Answer> {
  const now = clock.now();
  const proof = to.kind === "webhook" ? signature({ id, body, timestamp: Math.floor(now.getTime() / 1000) }, to.secret) : {};
  const silence = AbortSignal.timeout(Math.max(1, Math.ceil(Math.min(leftMs, silenceMs))));
  try {
    const response = await fetch(to.kind === "webhook" ? to.url : to.url.reveal(), {
      method: "POST",
      headers: { "content-type": "application/json", "user-agent": "trueup", ...proof },
      body,
      redirect: "manual",
      signal: signal === undefined ? silence : AbortSignal.any([silence, signal]),
    });
    // What it says is nobody's business, however long it is.
    await response.body?.cancel().catch(() => undefined);
    return judged(response, now);
  } catch (thrown) {
    return { kind: "later", why: reasonOf(thrown, silence.aborted), afterMs: 0 };
  }
}

/**
 * Delivers one message: tried again with growing pauses, as often as it can help and as long as the deadline allows. Never throws and never takes
 * longer than the deadline: whom nobody could tell is told later, and no run waits for it. A message may arrive twice when its answer is
 * lost: the id is the same then.
 */
export async function deliver(to: Destination, parcel: Parcel, site: DeliverySite): Promise<Delivery> {
  const scrubber = new Scrubber();
  scrubber.add(to.kind === "webhook" ? to.secret : to.url);
  const undelivered = (why: string): Delivery => ({ kind: "undelivered", why: scrubber.scrub(why) });
  const fault = faultOf(to.kind === "webhook" ? to.url : to.url.reveal());
  if (fault !== undefined) return undelivered(fault);
  const ends = site.clock.monotonicMs() + site.deadlineMs;
  for (let tries = 1; ; tries++) {
    const answer = await post(to, parcel, { ...site, leftMs: ends - site.clock.monotonicMs() });
    if (answer.kind === "delivered") return answer;
    if (answer.kind === "refused") return undelivered(answer.why);
    const pauseMs = Math.max(answer.afterMs, firstPauseMs * 2 ** (tries - 1));
    const isOver = tries >= mostTries || site.signal?.aborted === true || site.clock.monotonicMs() + pauseMs >= ends;
    if (isOver) return undelivered(answer.why);
    await site.clock.sleep(pauseMs);
  }
}
