/** Something that a program wants and its state does not have. */
export interface Wanted {
  readonly urn: string;
  readonly type: string;
}

/** What is known of where it may be. That a clue is missing proves nothing, unless the cloud's list says that there is none. */
export interface Clues {
  /** What a person who looked says: an id, or that there is nothing. */
  readonly said?: { readonly id: string } | "absent" | undefined;
  /** Ids that something kept once had for it, the newest first. */
  readonly kept: readonly { readonly id: string; readonly from: string }[];
  /** What the cloud's own list says that this urn made. Undefined: this cloud has no such list. */
  readonly listed?: readonly string[] | undefined;
  /** The id that its own name is, where the program gives it one. */
  readonly named?: string | undefined;
}

/**
 * What is to be done with it.
 *
 * - `take`: an object may be there under this id; it is read, and taken into the state. What is not there is made.
 * - `make`: there is none.
 * - `ask`: nobody but a person can know. Making it could make a second one.
 */
export type Find =
  | { readonly kind: "take"; readonly urn: string; readonly id: string; readonly because: string; readonly isSaid: boolean }
  | { readonly kind: "make"; readonly urn: string; readonly because: string }
  | { readonly kind: "ask"; readonly urn: string; readonly because: string };

/** Types that are nothing outside of the state: what was lost with it is drawn anew. */
const onlyInState = /^(random|tls|time|std):/;

/** Objects of dynamic providers are wherever their code put them, and only the code that their state held can read them. */
const ownCode = /^pulumi-nodejs:/;

function fromList(urn: string, listed: readonly string[], kept: Clues["kept"]): Find {
  const [only, ...more] = listed;
  if (only === undefined) return { kind: "make", urn, because: "the cloud's list has nothing of it" };
  if (more.length === 0) return { kind: "take", urn, id: only, because: "the cloud's list has it", isSaid: false };
  const known = kept.find(({ id }) => listed.includes(id));
  if (known !== undefined)
    return { kind: "take", urn, id: known.id, because: `the cloud has ${listed.length} of it, and ${known.from} knows this one`, isSaid: false };
  return { kind: "ask", urn, because: `the cloud has ${listed.length} objects that it may be: ${listed.join(", ")}` };
}

/** What is known best counts: a person who looked, the cloud's list, an id that was kept, the name. Pure; a guess is never among the answers. */
export function find({ urn, type }: Wanted, { said, kept, listed, named }: Clues): Find {
  if (said === "absent") return { kind: "make", urn, because: "a person looked and says that it is not there" };
  if (ownCode.test(type))
    return { kind: "ask", urn, because: "it is of a dynamic provider, whose code was in the state that is lost: it can only be made again" };
  if (said !== undefined) return { kind: "take", urn, id: said.id, because: `a person says that it is ${said.id}`, isSaid: true };
  if (listed !== undefined) return fromList(urn, listed, kept);
  const [newest] = kept;
  if (newest !== undefined) return { kind: "take", urn, id: newest.id, because: `${newest.from} has its id`, isSaid: false };
  if (onlyInState.test(type)) return { kind: "make", urn, because: `what is of ${type.split(":")[0] ?? ""} exists in the state alone: it is drawn anew` };
  if (named !== undefined) return { kind: "take", urn, id: named, because: "its name is its id", isSaid: false };
  return { kind: "ask", urn, because: "its id was given by the cloud, and nothing that is left knows it" };
}
