import type { Catalog } from "../catalog/catalog.ts";
import type { JsonObject } from "../wire/json.ts";
import type { Setting } from "./place.ts";

/** The object whose outputs are being made up. Equal subjects get equal outputs. */
export interface Subject {
  readonly catalog: Catalog;
  readonly setting: Setting;
  readonly type: string;
  readonly id: string;
  /** What people call it: its given name, else the logical name. */
  readonly name: string;
  readonly account: string;
  readonly region: string;
  readonly createdAt: string;
  /** Everything made up is derived from this and the property's name. */
  readonly salt: string;
  readonly inputs: JsonObject;
}

/** `aws:ec2/vpc:Vpc` → service `ec2`, kind `Vpc`. */
export function kindOf(type: string): { readonly service: string; readonly kind: string } {
  const [, module = "", kind = ""] = type.split(":");
  return { service: module.split("/")[0] ?? "", kind };
}

export function kebab(text: string): string {
  return text.replaceAll(/([a-z0-9])([A-Z])/g, "$1-$2").toLowerCase();
}
