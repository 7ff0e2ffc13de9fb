import { stillOpen, type Listed } from "./listed.ts";
import { objectNamed } from "./names.ts";

/** An operation of a state that began and whose end nobody recorded. */
export interface Unfinished {
  readonly urn: string;
  readonly type: string;
  /** False for a component, which is nothing in any cloud. */
  readonly isCustom: boolean;
  /** creating, updating, deleting, reading, importing. */
  readonly operation: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** The urn under which the state has what it is done to: its own, or one that it had before. undefined: the state has none. */
  readonly recordedAs: string | undefined;
  /** Ids of resources of that urn that the state has. */
  readonly known: readonly string[];
  /** Ids of that urn whose objects the engine deleted so that it could take their place. */
  readonly freed: readonly string[];
}

/** What is known of a creation besides the state. That something is not among it proves nothing, unless it says so. */
export interface Evidence {
  /** The id that the engine told before it died: the provider had answered. */
  readonly told?: string | undefined;
  /** What the cloud's own list says this urn made since the run began and the state does not have. */
  readonly listed?: Listed;
  /** What a person who looked says: an id, or that there is nothing. */
  readonly said?: { readonly id: string } | "absent" | undefined;
}

/**
 * What is to be done with one operation that never ended.
 *
 * - `drop`: nothing was made; it is forgotten, and what is still wanted is made by the next run.
 * - `keep`: the resource stays as the state has it; the next run does to it what is still to be done.
 * - `remove`: the resource is in the state and in no cloud; it is taken out.
 * - `reread`: the resource is in the state; its object is read anew. `id`: the object's, where it is one.
 * - `adopt`: an object was made; it is read by its id and taken into the state. `whenGone`: what it means if the cloud does not have it.
 * - `quarantine`: nobody but a person can know. The stack stays as it is until one says.
 */
export type Decision =
  | { readonly kind: "drop"; readonly urn: string; readonly because: string }
  | { readonly kind: "keep" | "remove"; readonly urn: string; readonly because: string }
  | { readonly kind: "reread"; readonly urn: string; readonly because: string; readonly id?: string }
  | {
      readonly kind: "adopt";
      readonly urn: string;
      readonly id: string;
      readonly because: string;
      /** False where an object of that id may be somebody else's. */
      readonly isOurs: boolean;
      readonly whenGone: "drop" | "quarantine";
    }
  | { readonly kind: "quarantine"; readonly urn: string; readonly because: string; readonly id?: string };

/** A decision after the cloud was read; `adopt` and `reread` are facts then. */
export type Settled = Exclude<Decision, { kind: "adopt" }> | { readonly kind: "adopt"; readonly urn: string; readonly id: string; readonly because: string };

/** Types that are nothing outside of the state: what was not recorded of them does not exist. */
const onlyInState = /^(random|tls|time|std):/;

/** The engine's own (the stack itself, its providers) and components. What a program provides for itself (`pulumi-nodejs:`) may be anything anywhere. */
export const isNowhere = ({ type, isCustom }: Pick<Unfinished, "type" | "isCustom">): boolean => !isCustom || type.startsWith("pulumi:");

/** Whether nobody can have seen what a person says to have seen. */
export const isNoAnswer = (operation: Pick<Unfinished, "type" | "isCustom" | "operation">, said: Evidence["said"]): boolean =>
  isNowhere(operation) && said !== undefined && (said !== "absent" || operation.operation !== "creating");

type Adopt = Extract<Decision, { kind: "adopt" }>;

const ours = (urn: string, found: Pick<Adopt, "id" | "because" | "whenGone">): Adopt => ({ kind: "adopt", urn, isOurs: true, ...found });

function bySaid({ urn }: Unfinished, said: NonNullable<Evidence["said"]>): Decision {
  if (said === "absent") return { kind: "drop", urn, because: "a person looked and says that it was not made" };
  return ours(urn, { id: said.id, because: `a person says that it is ${said.id}`, whenGone: "quarantine" });
}

function byTold({ urn }: Unfinished, told: string): Decision {
  return ours(urn, { id: told, because: `the engine told that it was made as ${told} before it died`, whenGone: "drop" });
}

function byList({ urn }: Unfinished, listed: readonly string[]): Decision {
  const [only, ...more] = listed;
  if (only === undefined) return { kind: "drop", urn, because: "the cloud's list has nothing that it made" };
  if (more.length > 0) return { kind: "quarantine", urn, because: `the cloud has ${listed.length} objects that it may have made: ${listed.join(", ")}` };
  return ours(urn, { id: only, because: `the cloud's list says that it made ${only}`, whenGone: "quarantine" });
}

function byName({ urn, type, inputs, known, freed }: Unfinished): Decision {
  if (onlyInState.test(type)) return { kind: "drop", urn, because: `what is of ${type.split(":")[0] ?? ""} exists in the state alone` };
  const named = objectNamed(type, inputs);
  if (named === undefined) return { kind: "quarantine", urn, because: "its id is given by the cloud, and nobody told it" };
  if (known.includes(named.id)) return { kind: "quarantine", urn, because: `it was to replace an object of its own name, ${named.id}` };
  const isFreed = freed.includes(named.id);
  if (isFreed) return { kind: "adopt", urn, id: named.id, because: `its name is ${named.id}, which was made free for it`, isOurs: true, whenGone: "drop" };
  const because = named.isDrawn ? `its name ${named.id} was drawn for this creation alone` : `its name is ${named.id}`;
  return { kind: "adopt", urn, id: named.id, because, isOurs: named.isDrawn, whenGone: "drop" };
}

/** What is known best counts: a person who looked, the provider's answer, the cloud's list, the name. */
function created(operation: Unfinished, { told, listed, said }: Evidence): Decision {
  if (isNowhere(operation)) return { kind: "drop", urn: operation.urn, because: "it is nothing in any cloud" };
  if (said !== undefined) return bySaid(operation, said);
  // What the state has already is what this creation was to replace, not what it made.
  // A list that has something else, and not what was told: that was of an earlier attempt, and is gone.
  const isEarlier = Array.isArray(listed) && listed.length > 0 && told !== undefined && !listed.includes(told);
  if (told !== undefined && !isEarlier && !operation.known.includes(told)) return byTold(operation, told);
  if (listed === "open") return { kind: "quarantine", urn: operation.urn, because: stillOpen };
  return listed === undefined ? byName(operation) : byList(operation, listed);
}

/** What a person who looked for something says that the state has. */
function bySight({ urn, known, freed }: Unfinished, said: NonNullable<Evidence["said"]>): Decision {
  if (said === "absent") return { kind: "remove", urn, because: "a person looked and says that it is not there" };
  const [id, ...more] = [...known, ...freed];
  if (id === said.id || more.includes(said.id)) return { kind: "keep", urn, because: `a person says that ${said.id} is there` };
  return {
    kind: "quarantine",
    urn,
    ...(id === undefined ? {} : { id }),
    because: `a person says that it is ${said.id}, but the state has it as ${id ?? "nothing"}`,
  };
}

const reading: Readonly<Record<"updating" | "deleting", string>> = {
  updating: "an update may have been made, wholly or not: what is there is read, and the next run makes it what it should be",
  deleting: "a deletion may have been made or not: what is there is read, and the next run deletes it if it still should",
};

/** Of what the state has: a person who looked, or else the object itself. */
function changed(operation: Unfinished, kind: "updating" | "deleting", said: Evidence["said"]): Decision {
  const { urn, recordedAs, known, freed } = operation;
  if (recordedAs === undefined) return { kind: "drop", urn, because: "the state has nothing that it was done to" };
  if (isNowhere(operation)) return { kind: "keep", urn, because: "it is nothing in any cloud" };
  if (said !== undefined) return bySight(operation, said);
  const [id, ...more] = [...known, ...freed];
  return { kind: "reread", urn, because: reading[kind], ...(id === undefined || more.length > 0 ? {} : { id }) };
}

/** What is to be done with one operation. Pure; a guess is never among the answers. */
export function decide(operation: Unfinished, evidence: Evidence): Decision {
  const { urn } = operation;
  switch (operation.operation) {
    case "creating":
      return created(operation, evidence);
    case "updating":
    case "deleting":
      return changed(operation, operation.operation, evidence.said);
    case "reading":
      return { kind: "drop", urn, because: "a read changes nothing" };
    case "importing":
      return { kind: "drop", urn, because: "an import makes nothing; the next run does it again" };
    default:
      return { kind: "quarantine", urn, because: `the engine calls it "${operation.operation}", which this version of trueup does not know` };
  }
}

/** The decision after the cloud was asked for the object. `exists`: whether it has it; undefined: it was not asked, or could not be. */
export function settle(decision: Decision, exists: boolean | undefined): Settled {
  if (decision.kind !== "adopt") return decision;
  const { urn, id, because } = decision;
  if (exists === undefined) return { kind: "quarantine", urn, id, because: `${because}, but the cloud could not be asked` };
  if (!exists && decision.whenGone === "drop") return { kind: "drop", urn, because: `${because}, and the cloud has no such object` };
  if (!exists) return { kind: "quarantine", urn, id, because: `${because}, but the cloud has no such object` };
  if (!decision.isOurs) return { kind: "quarantine", urn, id, because: `an object named ${id} exists, and only a person can know whether it is this one` };
  return { kind: "adopt", urn, id, because };
}
