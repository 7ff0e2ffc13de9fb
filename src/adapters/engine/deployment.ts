import { z } from "zod";
import type { StackSite } from "./port.ts";
import { readExport } from "./state.ts";

/** A deployment as the engine exports it; everything that is not looked at is kept as it is. */
const resource = z.looseObject({
  urn: z.string(),
  type: z.string(),
  id: z.string().optional(),
  delete: z.boolean().optional(),
  pendingReplacement: z.boolean().optional(),
  retainOnDelete: z.boolean().optional(),
  provider: z.string().optional(),
  aliases: z.array(z.string()).nullish(),
  parent: z.string().nullish(),
  dependencies: z.array(z.string()).nullish(),
  propertyDependencies: z.record(z.string(), z.array(z.string()).nullish()).nullish(),
  deletedWith: z.string().nullish(),
  replaceWith: z.array(z.string()).nullish(),
});
const whole = z.looseObject({
  deployment: z.looseObject({
    resources: z.array(resource).nullish(),
    pending_operations: z.array(z.looseObject({ type: z.string(), resource })).nullish(),
  }),
});
export type Whole = z.infer<typeof whole>;
export type Resource = z.infer<typeof resource>;

export const resourcesOf = ({ deployment }: Whole): readonly Resource[] => deployment.resources ?? [];
export const pendingOf = ({ deployment }: Whole): NonNullable<Whole["deployment"]["pending_operations"]> => deployment.pending_operations ?? [];

/** Raises STATE_CORRUPTED. */
export function parse(text: string, site: StackSite): Whole {
  readExport(text, site);
  return whole.parse(JSON.parse(text));
}

/** With these in the place of what it had. */
export function written(all: Whole, resources: readonly Resource[], pending: ReturnType<typeof pendingOf>): string {
  const { pending_operations: _, ...rest } = all.deployment;
  return JSON.stringify({ ...all, deployment: { ...rest, resources, ...(pending.length === 0 ? {} : { pending_operations: pending }) } });
}
