import type { JsonObject } from "../wire/json.ts";
import type { Path } from "../wire/special.ts";

/** Which cloud an object lives in. */
export interface Place {
  /** The SDK package: aws, kubernetes, random, … */
  readonly provider: string;
  /** 12 digits for aws, the cluster for kubernetes, "local" for packages without accounts. */
  readonly account: string;
  /** The region, "global" for services without one, "-" for packages without regions. */
  readonly region: string;
}

/** One object of the sandbox cloud, as its file holds it. */
export interface CloudObject extends Place {
  readonly type: string;
  readonly id: string;
  /** The urn that made it; "" for seeded and adopted objects. */
  readonly createdBy: string;
  /** RFC 3339, fixed at creation. */
  readonly createdAt: string;
  readonly changedAt: string;
  /** 1 at creation, one more at each change. */
  readonly revision: number;
  /** "healthy", or what a fault or a person set it to. */
  readonly health: string;
  /** What the last create or update asked for, without secret wrappers. */
  readonly inputs: JsonObject;
  /** The live object: what Read answers. Holds secrets in plain text, as a cloud does. */
  readonly properties: JsonObject;
  /** Every made-up value of this object is derived from it. */
  readonly salt: string;
  /** Where in inputs and properties secrets are. */
  readonly secrets: readonly Path[];
  /** Made by a create that was told to fail half-way. */
  readonly partial?: true;
}

/** Names one object for certain. */
export interface ObjectKey extends Place {
  readonly type: string;
  readonly id: string;
}

export interface LedgerLine {
  readonly uuid: string;
  /** RFC 3339. */
  readonly time: string;
  readonly op: "create" | "update" | "delete";
  /** begin: before the object is touched; commit: it is on disk; fail: it was refused or undone. A begin without an end was killed. */
  readonly phase: "begin" | "commit" | "fail";
  /** The same for the lines of one operation. */
  readonly operation: string;
  readonly actor: "engine" | "hand";
  readonly provider: string;
  readonly account: string;
  readonly region: string;
  readonly type: string;
  /** "" while a create has no id yet. */
  readonly id: string;
  readonly urn: string;
  /** Which provider instance of which run asked; not there when a hand did it. Two of them at one stack at a time is what a lock is against. */
  readonly writer?: string;
  readonly why?: string;
}
export type LedgerEntry = LedgerLine & { readonly seq: number };
