/** A type of a declaration, as far as the sandbox needs it. `ref` names an interface of types/output.d.ts or types/input.d.ts, or with `@` a resource of another package. */
export type Shape =
  | { readonly kind: "text" | "number" | "boolean" | "any" | "asset" }
  | { readonly kind: "literal"; readonly value: string | number | boolean }
  | { readonly kind: "list"; readonly of: Shape }
  | { readonly kind: "map"; readonly of: Shape }
  | { readonly kind: "object"; readonly members: Members }
  | { readonly kind: "ref"; readonly side: "input" | "output"; readonly name: string };

export interface Member {
  readonly shape: Shape;
  /** May be left out: `?` or `| undefined`. */
  readonly optional: boolean;
}
export type Members = Readonly<Record<string, Member>>;

/** What the SDK declares of one resource type. */
export interface ResourceDeclaration {
  readonly token: string;
  readonly inputs: Members;
  readonly outputs: Members;
  /** Inputs of which the SDK's own text says that a change forces a new resource. */
  readonly replaceDocumented: readonly string[];
}

/** What the SDK declares of one function. */
export interface InvokeDeclaration {
  readonly token: string;
  readonly arguments: Members;
  readonly result: Members;
}
