import * as fc from "fast-check";

/** One resource of a generated program. Values are small on purpose: what matters is which of them differ between two programs. */
export interface Declared {
  readonly key: string;
  readonly kind: "bucket" | "queue" | "parameter";
  /** Part of the physical name: a new one replaces. */
  readonly generation: number;
  readonly owner: string | undefined;
  readonly size: number;
  readonly secret: boolean;
  /** Reads the arn of this one, and so follows its replacement. */
  readonly reads: string | undefined;
  /** Logical name; differs from `key` after a rename, which an alias covers. */
  readonly name: string;
}

const kinds = ["bucket", "queue", "parameter"] as const;
const declared = (key: string): fc.Arbitrary<Declared> =>
  fc.record({
    key: fc.constant(key),
    kind: fc.constantFrom(...kinds),
    generation: fc.constant(0),
    owner: fc.constantFrom("ada", "grace", undefined),
    size: fc.integer({ min: 1, max: 9 }),
    secret: fc.boolean(),
    reads: fc.constant(undefined),
    name: fc.constant(key),
  });

/** A first program: five resources, each of the later ones may read the one before it. */
export const baseProgram: fc.Arbitrary<readonly Declared[]> = fc
  .tuple(fc.tuple(...["a", "b", "c", "d", "e"].map(declared)), fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }))
  .map(([resources, links]) =>
    resources.map((resource, index) => (links[index] === true && index > 0 ? { ...resource, reads: resources[index - 1]?.key } : resource)),
  );

const edits = ["keep", "update", "untag", "replace", "delete", "rename"] as const;
type Edit = (typeof edits)[number];

function edited(resource: Declared, edit: Edit): Declared | undefined {
  switch (edit) {
    case "keep":
      return resource;
    case "update":
      return { ...resource, size: resource.size + 10, owner: resource.owner === "ada" ? "grace" : "ada" };
    case "untag":
      return { ...resource, owner: undefined };
    case "replace":
      return { ...resource, generation: resource.generation + 1 };
    case "delete":
      return undefined;
    case "rename":
      return { ...resource, name: `${resource.key}-renamed` };
  }
}

/** A program that differs from `base` by one edit of each resource and up to two new ones. */
export function nextProgram(base: readonly Declared[]): fc.Arbitrary<readonly Declared[]> {
  return fc
    .tuple(
      fc.array(fc.constantFrom(...edits), { minLength: base.length, maxLength: base.length }),
      fc.tuple(declared("x"), declared("y")),
      fc.integer({ min: 0, max: 2 }),
    )
    .map(([choices, fresh, added]) => {
      const kept = base.flatMap((resource, index) => edited(resource, choices[index] ?? "keep") ?? []);
      const keys = new Set(kept.map(({ key }) => key));
      return [
        ...kept.map((resource) => (resource.reads !== undefined && !keys.has(resource.reads) ? { ...resource, reads: undefined } : resource)),
        ...fresh.slice(0, added),
      ];
    });
}

const types = { bucket: "aws:s3/bucket:Bucket", queue: "aws:sqs/queue:Queue", parameter: "aws:ssm/parameter:Parameter" } as const;

function inputs(resource: Declared): string {
  const { key, kind, generation, size } = resource;
  // Stacks share one cloud, where names are taken once.
  const physical = `place + ${JSON.stringify(`-${key}-${kind}-${generation}`)}`;
  const own = {
    bucket: `bucket: ${physical}, forceDestroy: ${size % 2 === 0}`,
    queue: `name: ${physical}, delaySeconds: ${size}`,
    parameter: `name: ${physical}, type: "String", value: ${value(resource)}`,
  }[kind];
  const tags = [
    ...(resource.owner === undefined ? [] : [`owner: ${JSON.stringify(resource.owner)}`]),
    ...(resource.reads === undefined ? [] : [`reads: made.${resource.reads}.arn`]),
  ];
  return `{ ${own}${tags.length === 0 ? "" : `, tags: { ${tags.join(", ")} }`} }`;
}

function value({ size, secret }: Declared): string {
  const text = JSON.stringify(`value-${size}`);
  return secret ? `pulumi.secret(${text})` : text;
}

/** The TypeScript text of a program. */
export function programText(resources: readonly Declared[]): string {
  const lines = resources.map((resource) => {
    const alias = resource.name === resource.key ? "" : `, { aliases: [{ name: ${JSON.stringify(resource.key)} }] }`;
    return `made.${resource.key} = new Made(${JSON.stringify(types[resource.kind])}, ${JSON.stringify(resource.name)}, ${inputs(resource)}${alias});`;
  });
  return `
import * as pulumi from "@pulumi/pulumi";
class Made extends pulumi.CustomResource {
  declare readonly arn: pulumi.Output<string>;
  constructor(type: string, name: string, inputs: object, options?: pulumi.CustomResourceOptions) {
    super(type, name, { arn: undefined, ...inputs }, options);
  }
}
const place = pulumi.getStack().replaceAll(".", "-");
const made: Record<string, Made> = {};
${lines.join("\n")}
export const arns = pulumi.all(Object.values(made).map((one) => one.arn));
`;
}
