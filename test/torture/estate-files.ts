import type { Change } from "../journeys/estate.ts";

/** The estate that is tortured: as cheap as a real one can be, so that most of a run's time is trueup's and the engine's own. */
export interface Thing {
  /** Another one is another object. */
  readonly shape: number;
  /** Another one is the same object, changed. */
  readonly revision: number;
}
/** Stack → its things by name. */
export type Model = Readonly<Record<string, Readonly<Record<string, Thing>>>>;

export const project = "torture";
export const stackNames = ["base", "left", "right"] as const;
export const anchor = "anchor";
/** A stack that has a thing of this name does not pass its check. */
export const poison = "poison";

/** How things are called of which the cloud has one of a name: another one is made when the older one was deleted. */
export const named = "named-";
/** Two objects, one of which rests on the other: another one of both is made when both were deleted. */
export const resting = "rests-";
/** Made with a provider of its own, which is replaced with it. */
export const far = "far-";

/** A table: what is in it is lost with it. */
const data = "data-";
export const isData = (name: string): boolean => name.startsWith(data);

/** What things of a story's estate may be. Seeds below 60000 on record had the plain ones. */
export const thingKinds = { plain: ["thing-", named], all: ["thing-", named, resting, far], data: ["thing-", named, resting, far, data] } as const;
export type Things = keyof typeof thingKinds;

/** Stories of later seeds are about data, too; those before them stay the same. */
const firstWithData = 70_000;
export const thingsOf = (seed: number): Things => (seed < firstWithData ? "all" : "data");

const above = "-on";
/** The objects that a thing is, by name. */
export const objectsOf = (thing: string): readonly string[] => (thing.startsWith(resting) ? [thing, `${thing}${above}`] : [thing]);
/** The thing that an object is of. */
export const thingOf = (object: string): string => (object.startsWith(resting) && object.endsWith(above) ? object.slice(0, -above.length) : object);

export const isPoisoned = (model: Model): boolean => Object.values(model).some((things) => things[poison] !== undefined);

/** No SDK of a provider is loaded: its types are all that the engine asks for. */
const program = (isUpper: boolean): string => `import * as pulumi from "@pulumi/pulumi";
import { defineStack } from "trueup";
import { z } from "zod";
${isUpper ? 'import type base from "../base/index.ts";\n' : ""}
const thing = z.object({ shape: z.int(), revision: z.int() });

export default defineStack({
  args: z.object({ things: z.record(z.string(), thing) }),
  program(args${isUpper ? ", ctx" : ""}) {
    ${isUpper ? 'const anchorId = ctx.stack<typeof base>("base").output("anchorId");' : ""}
    const made = Object.entries(args.things).map(([name, { shape, revision }]) => {
      const tags = { revision: String(revision)${isUpper ? ", below: anchorId" : ""} };
      const role = { name, path: \`/shape-\${shape}/\`, assumeRolePolicy: "{}", tags };
      const cidrBlock = \`10.\${shape}.0.0/16\`;
      const vpc = (options: pulumi.CustomResourceOptions) => new pulumi.CustomResource("aws:ec2/vpc:Vpc", name, { cidrBlock, tags }, options);
      if (name.startsWith("${named}")) return new pulumi.CustomResource("aws:iam/role:Role", name, role);
      if (name.startsWith("${data}")) {
        const hashKey = \`shape-\${shape}\`;
        const table = { hashKey, billingMode: "PAY_PER_REQUEST", attributes: [{ name: hashKey, type: "S" }], tags };
        return new pulumi.CustomResource("aws:dynamodb/table:Table", name, table);
      }
      if (name.startsWith("${far}")) {
        const region = shape % 2 === 0 ? "eu-west-1" : "us-east-1";
        return vpc({ provider: new pulumi.ProviderResource("aws", \`\${name}-at\`, { region }) });
      }
      if (!name.startsWith("${resting}")) return vpc({});
      const below = vpc({ deleteBeforeReplace: true });
      new pulumi.CustomResource("aws:ec2/subnet:Subnet", \`\${name}${above}\`, { vpcId: below.id, cidrBlock, tags });
      return below;
    });
    return { anchorId: made[0]?.id };
  },
});
`;

/** With data: more than four good merges together come to, drawn 2000 times. */
const mostDestroyed: Readonly<Record<Things, number>> = { plain: 100, all: 100, data: 12 };

const environment = (stacks: number, things: Things): string => `import { defineEnvironment, stack } from "trueup";
import type base from "../../stacks/base/index.ts";
import type upper from "../../stacks/upper/index.ts";
import values from "./values.json" with { type: "json" };

const works = (things: object) => [{ command: ["test", "${poison}" in things ? "broken" : "works", "=", "works"], settle: "1s" }];

export default defineEnvironment({
  cloud: "sandbox",
  guards: { maxDestroy: { count: ${mostDestroyed[things]}, percent: 100 } },
  stacks: {
    base: stack<typeof base>("stacks/base", { layer: "machines", args: values.base, verify: works(values.base.things) }),
${stackNames
  .slice(1, stacks)
  .map((name) => `    ${name}: stack<typeof upper>("stacks/upper", { layer: "apps", args: values.${name}, verify: works(values.${name}.things) }),\n`)
  .join("")}  },
});
`;

export const valuesFile = "environments/dev/values.json";
export const valuesOf = (model: Model): string =>
  `${JSON.stringify(Object.fromEntries(Object.entries(model).map(([stack, things]) => [stack, { things }])), undefined, 2)}\n`;

/** The anchor is always the first and stays: a stack that is emptied is refused. */
export function firstModel(stacks: number, kinds: Things = "plain"): Model {
  const kept: Readonly<Record<string, Thing>> = kinds === "data" ? { [`${data}kept`]: { shape: 3, revision: 1 } } : {};
  const things = { [anchor]: { shape: 1, revision: 1 }, first: { shape: 2, revision: 1 }, ...kept };
  return Object.fromEntries(stackNames.slice(0, stacks).map((name) => [name, things]));
}

/** Over the usual files of a journey, of which the rest is taken away. */
export const files = (stacks: number, things: Things = "plain"): Readonly<Record<string, Change>> => ({
  "Pulumi.yaml": (text) => text.replace("name: small", `name: ${project}`),
  "environments/dev/environment.ts": environment(stacks, things),
  [valuesFile]: valuesOf(firstModel(stacks, things)),
  "stacks/base/index.ts": program(false),
  "stacks/upper/index.ts": program(true),
  "stacks/lib/tags.ts": undefined,
  "stacks/machines/index.ts": undefined,
  "stacks/cluster/index.ts": undefined,
  "stacks/app/index.ts": undefined,
  "stacks/mesh/index.ts": undefined,
  "policies/house/PulumiPolicy.yaml": undefined,
  "policies/house/package.json": undefined,
  "policies/house/index.ts": undefined,
});
