import type { Json } from "../../../src/domain/environments/index.ts";

/** What a commit says a thing is: another shape is another object, another revision an update. */
export interface Wanted {
  readonly shape: number;
  readonly revision: number;
  /** How its id comes about: given by the cloud, drawn by the engine, or said by the program. */
  readonly named: "cloud" | "drawn" | "said";
}

/** Stack → thing → what it is. */
export type Model = Readonly<Record<string, Readonly<Record<string, Wanted>>>>;

export const modelFile = "model.json";

export interface Declared {
  readonly urn: string;
  readonly name: string;
  readonly type: string;
  readonly wanted: Wanted;
}

const types: Readonly<Record<Wanted["named"], string>> = { cloud: "aws:ec2/vpc:Vpc", drawn: "aws:iam/role:Role", said: "aws:iam/group:Group" };

export function declaredIn(things: Model[string], pulumiStack: string): readonly Declared[] {
  return Object.entries(things).map(([name, wanted]) => {
    const type = types[wanted.named];
    return { urn: `urn:pulumi:${pulumiStack}::sim::${type}::${name}`, name, type, wanted };
  });
}

export const nameOf = (urn: string): string => urn.split("::").at(-1) ?? "";
export const stackOf = (urn: string): string => urn.split(":")[2]?.split("::")[0] ?? "";

/** What is asked of the provider for a thing; the name as its id comes about. */
export function inputsOf({ name, wanted }: Declared, drawn: () => string): { readonly [key: string]: Json } {
  const { shape, revision, named } = wanted;
  if (named === "cloud") return { shape, revision };
  return named === "drawn" ? { shape, revision, name: `${name}-${drawn()}`, __defaults: ["name"] } : { shape, revision, name: `the-${name}`, __defaults: [] };
}
