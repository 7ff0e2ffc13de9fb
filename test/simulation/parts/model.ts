import type { Json } from "../../../src/domain/environments/index.ts";

/** What a commit says a thing is: another shape is another object, another revision an update. Named `kept`: it holds data. */
export interface Wanted {
  readonly shape: number;
  readonly revision: number;
  /** How its id comes about: given by the cloud (`kept` too), drawn by the engine, or said by the program. */
  readonly named: "cloud" | "drawn" | "said" | "kept";
  /** `refused`: the cloud does not make or change it as long as it is not well. `ill`: with it there its stack's check never holds. */
  readonly wrong?: "refused" | "ill";
  /** It is made on base's anchor: on another anchor it is another object. */
  readonly follows?: true;
}

/** Stack → thing → what it is. */
export type Model = Readonly<Record<string, Readonly<Record<string, Wanted>>>>;

export const modelFile = "model.json";
/** Of a commit that would have everything in another cloud. */
export const elsewhereFile = "elsewhere";

export interface Declared {
  readonly urn: string;
  readonly name: string;
  readonly type: string;
  readonly wanted: Wanted;
  /** Of what follows: the anchor that it is made on. */
  readonly on?: string;
}

const types: Readonly<Record<Wanted["named"], string>> = {
  cloud: "aws:ec2/vpc:Vpc",
  drawn: "aws:iam/role:Role",
  said: "aws:iam/group:Group",
  kept: "aws:rds/instance:Instance",
};

/** `anchor`: the id of base's, as its state has it. */
export function declaredIn(things: Model[string], pulumiStack: string, anchor?: string): readonly Declared[] {
  return Object.entries(things).map(([name, wanted]) => {
    const type = types[wanted.named];
    const on = wanted.follows === undefined || anchor === undefined ? {} : { on: anchor };
    return { urn: `urn:pulumi:${pulumiStack}::sim::${type}::${name}`, name, type, wanted, ...on };
  });
}

/** Of the stack itself. */
export const rootType = "pulumi:pulumi:Stack";
const providerType = "pulumi:providers:aws";

/** What every stack has before its first object, and what is nothing in any cloud: itself, and the provider of all that it makes. */
export function scaffoldOf(pulumiStack: string): { readonly root: string; readonly provider: string } {
  const start = `urn:pulumi:${pulumiStack}::sim`;
  return { root: `${start}::${rootType}::sim-${pulumiStack}`, provider: `${start}::${providerType}::default` };
}

/** Whether an object of this type is anywhere but in a state. */
export const isThing = (type: string): boolean => !type.startsWith("pulumi:");

export const anchorOf = (stack: string): string => `${stack}-anchor`;
export const nameOf = (urn: string): string => urn.split("::").at(-1) ?? "";
export const stackOf = (urn: string): string => urn.split(":")[2]?.split("::")[0] ?? "";

/** What is asked of the provider for a thing; the name as its id comes about. */
export function inputsOf({ name, wanted, on }: Declared, drawn: () => string): { readonly [key: string]: Json } {
  const { shape, revision, named } = wanted;
  if (on !== undefined) return { shape, revision, on };
  if (named === "cloud" || named === "kept") return { shape, revision };
  return named === "drawn" ? { shape, revision, name: `${name}-${drawn()}`, __defaults: ["name"] } : { shape, revision, name: `the-${name}`, __defaults: [] };
}
