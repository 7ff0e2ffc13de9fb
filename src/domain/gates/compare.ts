import { compareRisk } from "../changes/index.ts";
import { byCodeUnit } from "../../base/json/index.ts";
import { mentions } from "./rule.ts";
import { unknownValue, type Fingerprint, type FingerprintContext, type FingerprintEntry } from "./fingerprint.ts";

/**
 * What would happen now, held against what was approved.
 * `equal`: the same. `subset`: nothing that was not approved, but less of it, or a value that was unknown is known.
 * `no-worse`: the same resources, other values or operations, none in a worse risk class. `different`: anything else. `moved` says what, in words.
 */
export interface Comparison {
  readonly kind: "equal" | "subset" | "no-worse" | "different";
  readonly moved: readonly string[];
}

/** What is known around the two, for the words alone: it decides nothing. */
export interface Around {
  readonly environment: string;
  /** When what was approved was looked at; ISO. */
  readonly since?: string | undefined;
  readonly now: Date;
  /** The stack's resources as they are now, with the time of their last change; RFC 3339. */
  readonly resources: readonly { readonly urn: string; readonly modifiedAt?: string }[];
}

const contextWords = { closureDigest: "program", configDigest: "config", stateDigest: "state", policyDigest: "policies" } as const satisfies Partial<
  Record<keyof FingerprintContext, string>
>;

const nameOf = (urn: string): string => urn.split("::").slice(2).join(" ") || urn;

/** "since 09:12Z"; with its day where that is another one. */
function sinceText(around: Around | undefined): string {
  const at = Date.parse(around?.since ?? "");
  if (around === undefined || Number.isNaN(at)) return "since";
  const [day = "", time = ""] = new Date(at).toISOString().split("T");
  return `since ${around.now.toISOString().startsWith(day) ? "" : `${day} `}${time.slice(0, 5)}Z`;
}

/** Which resources of the state were written since; "" where nobody can tell, or where some are only gone. */
function writtenSince(around: Around | undefined): string {
  const at = Date.parse(around?.since ?? "");
  const written = (around?.resources ?? []).filter(({ modifiedAt }) => Date.parse(modifiedAt ?? "") > at).map(({ urn }) => nameOf(urn));
  return written.length === 0 ? "" : `: ${mentions([...new Set(written)])}`;
}

/** That a stack's state is another one than it was: "state of dev.shop changed since 09:12Z: aws:s3/bucket:Bucket logs". */
export function stateMoved(stack: string, around: Around): string {
  return `state of ${around.environment}.${stack} changed ${sinceText(around)}${writtenSince(around)}`;
}

function contextMoves(approved: Fingerprint, now: Fingerprint, around: Around | undefined): string[] {
  const [then, here] = [approved.context, now.context];
  const [since, of] = [sinceText(around), `of ${around === undefined ? "" : `${around.environment}.`}${now.stack}`];
  const digests = Object.entries(contextWords)
    .filter(([part]) => then[part as keyof typeof contextWords] !== here[part as keyof typeof contextWords])
    .map(([part, words]) => `${words} ${of} changed ${since}${part === "stateDigest" ? writtenSince(around) : ""}`);
  const names = [...new Set([...Object.keys(then.versions), ...Object.keys(here.versions)])].sort(byCodeUnit);
  const versions = names
    .filter((name) => then.versions[name] !== here.versions[name])
    .map((name) => `${name} ${then.versions[name] ?? "(none)"} → ${here.versions[name] ?? "(none)"} ${since}`);
  return [...digests, ...versions];
}

interface EntryMove {
  readonly kind: Comparison["kind"];
  readonly says?: string;
}

function pathMoves(approved: FingerprintEntry, now: FingerprintEntry): EntryMove {
  const fresh = Object.keys(now.paths).filter((path) => !Object.hasOwn(approved.paths, path));
  const other = Object.keys(now.paths).filter(
    (path) => Object.hasOwn(approved.paths, path) && approved.paths[path] !== now.paths[path] && approved.paths[path] !== unknownValue,
  );
  if (fresh.length > 0 || other.length > 0)
    return { kind: "no-worse", says: `${nameOf(now.urn)}: ${[...fresh, ...other].sort(byCodeUnit).join(", ")} would change otherwise` };
  const same = Object.keys(approved.paths).every((path) => approved.paths[path] === now.paths[path]);
  return same ? { kind: "equal" } : { kind: "subset", says: `${nameOf(now.urn)}: less changes, or what was unknown is known` };
}

function entryMove(approved: FingerprintEntry | undefined, now: FingerprintEntry): EntryMove {
  if (approved === undefined) return { kind: "different", says: `${nameOf(now.urn)}: ${now.operation} was not approved` };
  if (compareRisk(now.risk, approved.risk) < 0)
    return { kind: "different", says: `${nameOf(now.urn)}: ${approved.operation} was approved, now it is ${now.operation}` };
  if (now.operation === approved.operation && now.risk === approved.risk) return pathMoves(approved, now);
  // In no worse class, but not the same thing: an approved create never covers anything done to an object that is there.
  if (approved.operation === "create" || now.operation === "delete")
    return { kind: "different", says: `${nameOf(now.urn)}: ${approved.operation} was approved, now it is ${now.operation}` };
  return { kind: "no-worse", says: `${nameOf(now.urn)}: ${now.operation} instead of ${approved.operation}` };
}

function approvedFor(same: readonly FingerprintEntry[], entry: FingerprintEntry): FingerprintEntry | undefined {
  return same.find((one) => one.operation === entry.operation) ?? same[0];
}

const ranks = ["equal", "subset", "no-worse", "different"] as const;

/** The worst of all moves decides. An approval dies with its program, config, state, policies and versions, whatever the changes. */
export function compareFingerprint(approved: Fingerprint, now: Fingerprint, around?: Around): Comparison {
  const context = approved.stack === now.stack ? contextMoves(approved, now, around) : [`approved was ${approved.stack}, not ${now.stack}`];
  // One urn may stand twice: an update, and the delete of an object that an earlier replacement left behind.
  const byUrn = Map.groupBy(approved.entries, (entry) => entry.urn);
  const after = new Set(now.entries.map((entry) => entry.urn));
  const moves: EntryMove[] = now.entries.map((entry) => entryMove(approvedFor(byUrn.get(entry.urn) ?? [], entry), entry));
  for (const entry of approved.entries)
    if (!after.has(entry.urn)) moves.push({ kind: "subset", says: `${nameOf(entry.urn)}: ${entry.operation} is no longer needed` });
  const worst = moves.reduce((rank, move) => Math.max(rank, ranks.indexOf(move.kind)), context.length > 0 ? ranks.indexOf("different") : 0);
  return { kind: ranks[worst] ?? "different", moved: [...context, ...moves.flatMap((move) => (move.says === undefined ? [] : [move.says]))] };
}
