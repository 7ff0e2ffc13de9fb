import { besides, stillOpen, type Listed } from "../recovery/index.ts";

/** Something that a program wants and its state does not have. */
export interface Wanted {
  readonly urn: string;
  readonly type: string;
}

/** What is known of where it may be. That a clue is missing proves nothing, unless the cloud's list says that there is none. */
export interface Clues {
  /** What a person who looked says: an id, or that there is nothing. */
  readonly said?: { readonly id: string } | "absent" | undefined;
  /**
   * Ids that something kept once had for it, the newest first. `isOld`: something was done to its stack since then of which not everything is known, so
   * that it may have another one by now.
   */
  readonly kept: readonly { readonly id: string; readonly from: string; readonly isOld?: boolean }[];
  /** Ids under which the cloud was asked for it and has nothing. */
  readonly tried?: readonly string[];
  /** What the cloud's own list says that this urn made. */
  readonly listed?: Listed;
  /** The id that its own name is, where the program gives it one. */
  readonly named?: string | undefined;
}

/**
 * What is to be done with it.
 *
 * - `take`: an object may be there under this id; it is read, and taken into the state. What is not there is looked for again, with that id among `tried`.
 * - `make`: there is none.
 * - `ask`: nobody but a person can know. Making it could make a second one. `isOneOfSeveral`: those that nobody names would be left in the cloud.
 */
export type Find =
  | { readonly kind: "take"; readonly urn: string; readonly id: string; readonly because: string; readonly isSaid: boolean }
  | { readonly kind: "make"; readonly urn: string; readonly because: string }
  | { readonly kind: "ask"; readonly urn: string; readonly because: string; readonly isOneOfSeveral?: boolean };

/** Types that are nothing outside of the state: what was lost with it is drawn anew. */
const onlyInState = /^(random|tls|time|std):/;

/** Objects of dynamic providers are wherever their code put them, and only the code that their state held can read them. */
const ownCode = /^pulumi-nodejs:/;

function fromList(urn: string, listed: Exclude<Listed, undefined>, kept: Clues["kept"]): Find {
  if (listed === "open") return { kind: "ask", urn, because: stillOpen };
  const [only, ...more] = listed;
  if (only === undefined) return { kind: "make", urn, because: "the cloud's list has nothing of it" };
  if (more.length === 0) return { kind: "take", urn, id: only, because: "the cloud's list has it", isSaid: false };
  const known = kept.find(({ id }) => listed.includes(id));
  const several = `the cloud has ${listed.length} objects that it may be: ${listed.join(", ")}`;
  if (known === undefined) return { kind: "ask", urn, because: several, isOneOfSeveral: true };
  if (known.isOld !== true)
    return { kind: "take", urn, id: known.id, because: `the cloud has ${listed.length} of it, and ${known.from} knows this one`, isSaid: false };
  // Both live: the one that is left out would be in no state, and would be made once more.
  const because = `${several}; ${known.from} knows ${known.id}, which may not be the last one that it had`;
  return { kind: "ask", urn, because, isOneOfSeveral: true };
}

/** Of an id that was kept: that nothing is there counts where it is sure to be the last one that it had. */
function fromKept(urn: string, kept: Clues["kept"], tried: readonly string[]): Find | undefined {
  const left = kept.filter(({ id }) => !tried.includes(id));
  const best = left.find(({ isOld }) => isOld !== true) ?? left[0];
  const last = kept.find(({ id, isOld }) => isOld !== true && tried.includes(id));
  if (last !== undefined) return { kind: "make", urn, because: `${last.from} has its id ${last.id}, and the cloud has no such object` };
  const another = best?.isOld === true ? " (perhaps not the last one that it had: look in the cloud for another)" : "";
  if (best !== undefined) return { kind: "take", urn, id: best.id, because: `${best.from} has its id${another}`, isSaid: false };
  const [old] = kept;
  if (old === undefined) return undefined;
  return { kind: "ask", urn, because: `${old.from} has its id ${old.id}, which is gone; a later run that did not end well may have made another one` };
}

function fromName(urn: string, named: string, isOpen: boolean): Find {
  if (isOpen) return { kind: "take", urn, id: named, because: "its name is its id", isSaid: false };
  return { kind: "make", urn, because: "its name is its id, and the cloud has no such object" };
}

/** What is known best counts: a person who looked, the cloud's list, an id that was kept, the name. Pure; a guess is never among the answers. */
export function find({ urn, type }: Wanted, { said, kept, listed, named, tried = [] }: Clues): Find {
  if (said === "absent") return { kind: "make", urn, because: "a person looked and says that it is not there" };
  if (ownCode.test(type))
    return { kind: "ask", urn, because: "it is of a dynamic provider, whose code was in the state that is lost: it can only be made again" };
  if (said !== undefined) return { kind: "take", urn, id: said.id, because: `a person says that it is ${said.id}`, isSaid: true };
  const left = besides(listed, new Set(tried));
  if (left !== undefined) return fromList(urn, left, kept);
  const known = fromKept(urn, kept, tried);
  if (known !== undefined && known.kind !== "ask") return known;
  if (onlyInState.test(type)) return { kind: "make", urn, because: `what is of ${type.split(":")[0] ?? ""} exists in the state alone: it is drawn anew` };
  if (named !== undefined) return fromName(urn, named, !tried.includes(named));
  return known ?? { kind: "ask", urn, because: "its id was given by the cloud, and nothing that is left knows it" };
}
