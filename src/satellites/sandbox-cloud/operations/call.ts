import grpc from "@grpc/grpc-js";
import type { Setting } from "../answers/place.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { Faults } from "../store/faults.ts";
import type { Generations } from "../store/generations.ts";
import type { Ledger } from "../store/ledger.ts";
import type { Objects } from "../store/objects.ts";
import type { JsonObject } from "../wire/json.ts";

/** The cloud's parts on disk. */
export interface Backing {
  /** The store's directory. */
  readonly store: string;
  readonly catalog: Catalog;
  readonly objects: Objects;
  readonly ledger: Ledger;
  readonly generations: Generations;
  readonly faults: Faults;
}

/** Who calls: one provider instance of one run. */
export interface Caller {
  readonly setting: Setting;
  /** Process and connection: the same for all that one provider instance of one run asks. */
  readonly writer: string;
  /** Aborted when the engine cancels that instance. */
  readonly cancel: AbortSignal;
}

/** What every operation on one resource is told. */
export interface Call {
  readonly backing: Backing;
  readonly caller: Caller;
  readonly urn: string;
  readonly type: string;
  /** The logical name. */
  readonly name: string;
}

/** A live object as the wire shows it: secrets wrapped again. */
export interface Shown {
  readonly id: string;
  readonly properties: JsonObject;
}

/** The cloud said no. `status` is what the wire says. */
export class CloudError extends Error {
  readonly status: grpc.status;
  /** Set when the object is there though the call failed. */
  readonly partial: (Shown & { readonly inputs: JsonObject }) | undefined;
  constructor(status: grpc.status, message: string, partial?: Shown & { readonly inputs: JsonObject }) {
    super(message);
    this.status = status;
    this.partial = partial;
  }
}
export const statuses = {
  invalid: grpc.status.INVALID_ARGUMENT,
  notFound: grpc.status.NOT_FOUND,
  exists: grpc.status.ALREADY_EXISTS,
  exhausted: grpc.status.RESOURCE_EXHAUSTED,
  unimplemented: grpc.status.UNIMPLEMENTED,
  internal: grpc.status.INTERNAL,
  unavailable: grpc.status.UNAVAILABLE,
  unknown: grpc.status.UNKNOWN,
} as const;

/** `urn:pulumi:stack::project::parent$type::name` */
export function partsOfUrn(urn: string): { readonly type: string; readonly name: string } {
  const parts = urn.split("::");
  return { type: parts[2]?.split("$").at(-1) ?? "", name: parts.slice(3).join("::") };
}

/** The type under which an object is kept: a Patch changes the object of its kind. */
export function storedType(type: string): string {
  return type.startsWith("kubernetes:") ? type.replace(/Patch$/, "") : type;
}
