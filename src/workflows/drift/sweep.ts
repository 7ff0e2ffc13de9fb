import { isDue, nextLook } from "../../domain/gates/index.ts";
import type { Estate } from "../estate/index.ts";
import { detectDrift, type Detection, type DriftRequest } from "./drift.ts";
import { fixDrift, type Repair } from "./fix.ts";
import { groundAsFetched, placesOf, readGround, type Ground, type LivePlace } from "./ground.ts";
import { servedBy } from "./record.ts";

/** One scheduled look: each stack that is due, handled as its mode says. */
export interface Sweep {
  readonly detection: Detection;
  readonly repair: Repair;
  readonly notDue: readonly { readonly stack: string; readonly next: Date | undefined }[];
  /** Stacks whose drift is proposed to people. */
  readonly proposed: readonly string[];
}

/** A stack that is declared nowhere is nobody's to repair by schedule. */
function namesBy(mode: "fix" | "propose", places: readonly LivePlace[], { rules }: Ground): readonly string[] {
  const declared = new Set(rules?.environment.stacks.map(({ name }) => name));
  return places.filter(({ stack }) => stack.drift.mode === mode && (mode === "propose" || declared.has(stack.name))).map(({ stack }) => stack.name);
}

const lastLook = ({ live }: Ground, stack: string): Date | undefined => {
  const at = live.drift.checks?.[stack];
  return at === undefined ? undefined : new Date(at);
};

/**
 * When the next sweep of what has a schedule is due, which may be past; undefined: never, or somebody is at work, who changes what a look would find.
 * However many times of a schedule have passed since the last look, they are due once. As last fetched.
 */
export async function nextSweep(estate: Estate, environment: string): Promise<Date | undefined> {
  const ground = await groundAsFetched(estate, environment);
  if (ground.live.lease !== null) return undefined;
  const times = ground.places.flatMap(({ stack }) => {
    const next = stack.drift.schedule === undefined ? undefined : nextLook(stack.drift, lastLook(ground, stack.name));
    return next === undefined ? [] : [next.getTime()];
  });
  return times.length === 0 ? undefined : new Date(Math.min(...times));
}

/**
 * What a scheduled job or the agent runs: looks at the stacks whose schedule has passed since the ledger's last look, records what is found, repairs
 * where the mode is "fix". `scheduledOnly`: what has no schedule is left to who asks for it, not looked at each time. One push when nothing is repaired, none when nothing is new and no schedule was served.
 */
export async function sweepDrift(estate: Estate, request: DriftRequest, options: { readonly scheduledOnly?: boolean } = {}): Promise<Sweep> {
  const ground = await readGround(estate, request.environment);
  const now = estate.clock.now();
  const places = placesOf(ground, request.stack === undefined ? undefined : [request.stack]);
  const scheduled = options.scheduledOnly === true ? places.filter(({ stack }) => stack.drift.schedule !== undefined) : places;
  const due = scheduled.filter(({ stack }) => isDue(stack.drift, lastLook(ground, stack.name), now));
  const names = due.map(({ stack }) => stack.name);
  const detection = await detectDrift(estate, request, { ground, stacks: names });
  const repair = await fixDrift(estate, request, { detection, stacks: namesBy("fix", due, ground), obeysWaits: true, served: servedBy(detection) });
  const notDue = places
    .filter((place) => !due.includes(place))
    .map(({ stack }) => ({ stack: stack.name, next: nextLook(stack.drift, lastLook(ground, stack.name)) }));
  return { detection, repair, notDue, proposed: namesBy("propose", due, ground) };
}
