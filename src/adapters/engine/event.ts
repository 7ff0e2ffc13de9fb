import { z } from "zod";

/** The engine's own events, only the fields used; unknown keys pass through unread. One event has exactly one of the kinds. */
const bag = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((value) => value ?? {});

const resourceState = z.looseObject({
  type: z.string(),
  urn: z.string(),
  custom: z.boolean().optional(),
  id: z.string().optional(),
  parent: z.string().optional(),
  protect: z.boolean().optional(),
  retainOnDelete: z.boolean().optional(),
  delete: z.boolean().optional(),
  inputs: bag,
  outputs: bag,
});

const metadata = z.looseObject({
  op: z.string(),
  urn: z.string(),
  type: z.string(),
  provider: z.string().optional(),
  old: resourceState.nullish(),
  new: resourceState.nullish(),
  keys: z.array(z.string()).nullish(),
  diffs: z.array(z.string()).nullish(),
  detailedDiff: z.record(z.string(), z.looseObject({ diffKind: z.string(), inputDiff: z.boolean().optional() })).nullish(),
});

const step = z.looseObject({ metadata, planning: z.boolean().optional() });
/** 0 fine, 1 partial failure: it was done and did not become ready, 2 unknown. */
const failedStep = z.looseObject({ metadata, status: z.number().optional() });

export const engineEvent = z.looseObject({
  sequence: z.number().int(),
  resourcePreEvent: step.optional(),
  resOutputsEvent: step.optional(),
  resOpFailedEvent: failedStep.optional(),
  diagnosticEvent: z.looseObject({ urn: z.string().optional(), message: z.string(), severity: z.string() }).optional(),
  policyEvent: z
    .looseObject({
      resourceUrn: z.string().optional(),
      message: z.string(),
      policyName: z.string(),
      policyPackName: z.string(),
      enforcementLevel: z.string(),
    })
    .optional(),
  summaryEvent: z.looseObject({ result: z.string().optional(), resourceChanges: z.record(z.string(), z.number()).nullish() }).optional(),
  cancelEvent: z.unknown().optional(),
});

export type EngineEvent = z.infer<typeof engineEvent>;
export type StepMetadata = z.infer<typeof metadata>;
export type ResourceState = z.infer<typeof resourceState>;
