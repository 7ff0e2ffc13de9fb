import { z } from "zod";

/** What names other resources of a state. */
export const naming = ["dependencies", "propertyDependencies", "parent", "deletedWith", "replaceWith"] as const;

const record = z.looseObject({
  urn: z.string(),
  delete: z.boolean().optional(),
  dependencies: z.array(z.string()).nullish(),
  propertyDependencies: z.record(z.string(), z.array(z.string()).nullish()).nullish(),
  parent: z.string().optional(),
  deletedWith: z.string().optional(),
  replaceWith: z.array(z.string()).nullish(),
});
const whole = z.looseObject({ deployment: z.looseObject({ resources: z.array(record).nullish() }) });

function namesIn({ dependencies, propertyDependencies, parent, deletedWith, replaceWith }: z.infer<typeof record>): readonly (string | undefined)[] {
  return [...(dependencies ?? []), ...Object.values(propertyDependencies ?? {}).flatMap((urns) => urns ?? []), parent, deletedWith, ...(replaceWith ?? [])];
}

/** The resources of an export that name one of these. Of what is only to be deleted nothing is said any more. Pure. */
export function whoNames(deployment: string, urns: readonly string[]): readonly string[] {
  const asked = new Set(urns);
  const resources = whole.parse(JSON.parse(deployment)).deployment.resources ?? [];
  const found = resources.filter((one) => one.delete !== true && namesIn(one).some((urn) => urn !== undefined && asked.has(urn)));
  return [...new Set(found.map(({ urn }) => urn))];
}
