import type { Catalog } from "../catalog/catalog.ts";
import type { JsonObject } from "../wire/json.ts";

/** Something wrong with an input that a person must put right: property path and one sentence. */
export interface Failure {
  readonly property: string;
  readonly reason: string;
}

export interface CheckFacts {
  readonly catalog: Catalog;
  readonly type: string;
  /** The logical name. */
  readonly name: string;
  readonly before: JsonObject | undefined;
  /** The inputs as they came, with secret wrappers. */
  readonly raw: JsonObject;
  /** The same without wrappers. */
  readonly inputs: JsonObject;
  /** Stable between preview and update; makes names. */
  readonly seed: string;
  readonly proposed: { readonly name: string; readonly mode: "propose" | "enforce" | "disable" } | undefined;
}
