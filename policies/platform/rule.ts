/** A resource as a rule sees it: the inputs the program gave, after the provider has checked them. */
export interface Seen {
  readonly type: string;
  readonly name: string;
  readonly props: { readonly [key: string]: unknown };
  readonly protect: boolean;
}

/** Says what is wrong, one sentence each; nothing when the resource is fine or none of the rule's business. */
export type Rule = (resource: Seen) => readonly string[];

export type Level = "advisory" | "mandatory";

export interface NamedRule {
  readonly name: string;
  readonly description: string;
  /** Used where the environment says nothing. */
  readonly level: Level;
  readonly rule: Rule;
}

/** The member of something that may not be an object. */
export function member(of: unknown, key: string): unknown {
  return typeof of === "object" && of !== null ? Reflect.get(of, key) : undefined;
}

export function items(of: unknown): readonly unknown[] {
  return Array.isArray(of) ? of : [];
}

/** Providers get `true` as a text from some programs. */
export function isTrue(value: unknown): boolean {
  return value === true || value === "true";
}
