/** A step of an engine as a journal has it. */
export interface ToldStep<Made> {
  readonly urn: string;
  readonly operation: string;
  readonly phase: "started" | "done" | "failed";
  readonly id?: string | undefined;
  readonly begun?: Made | undefined;
}

/** An operation of which a state that was made before it cannot know how it ended. */
export interface Unended<Made> {
  readonly urn: string;
  readonly operation: "creating" | "updating" | "deleting";
  /** Of a creation: what it was to make. */
  readonly begun?: Made;
}

const making: ReadonlySet<string> = new Set(["create", "create-replacement"]);

function unendedOf<Made>(steps: readonly ToldStep<Made>[], known: ReadonlySet<string> | undefined): Omit<Unended<Made>, "urn"> | undefined {
  const creation = steps.findLastIndex(({ operation }) => making.has(operation));
  const made = steps[creation];
  const isMissing = made !== undefined && made.phase !== "failed" && (made.id === undefined || known?.has(made.id) !== true);
  const isDeletedSince = steps.slice(creation + 1).some(({ operation, phase }) => operation === "delete" && phase === "done");
  if (isMissing && !isDeletedSince && made.begun !== undefined) return { operation: "creating", begun: made.begun };
  if (known === undefined) return undefined;
  return { operation: steps.at(-1)?.operation.startsWith("delete") === true ? "deleting" : "updating" };
}

/**
 * What has to be looked up of an older state, in the place of a newer one that cannot be read: everything that engines told of since then, each
 * resource once, in the order in which they came to it. Steps may be older than the state: what it has is only looked up once more.
 */
export function unendedSince<Made>(
  steps: readonly ToldStep<Made>[],
  resources: readonly { readonly urn: string; readonly id: string }[],
): readonly Unended<Made>[] {
  const known = Map.groupBy(resources, ({ urn }) => urn);
  return [...Map.groupBy(steps, ({ urn }) => urn)].flatMap(([urn, own]) => {
    const ids = known.get(urn);
    const found = unendedOf(own, ids === undefined ? undefined : new Set(ids.map(({ id }) => id)));
    return found === undefined ? [] : [{ urn, ...found }];
  });
}
