/** How long a unit is taken to need, and what that rests on. */
export interface Expected {
  readonly ms: number;
  /** "about 14 min: machines 3 min, cluster 11 min (assumed)". */
  readonly says: string;
}

export interface Measured {
  /** Names of stacks, wave by wave; those of a wave run at once. */
  readonly waves: readonly (readonly string[])[];
  /** What each stack took when it was changed before, the last times. */
  readonly took: Readonly<Record<string, readonly number[]>>;
  /** What a stack is taken to need of which that is not known. */
  readonly otherwiseMs: number;
}

const inMinutes = (ms: number): string => (ms < 60_000 ? `${Math.ceil(ms / 1000)} s` : `${Math.ceil(ms / 60_000)} min`);

/** A unit is as long as the slowest stack of each of its waves, each as slow as it was at worst of late. Pure. */
export function expectedDuration({ waves, took, otherwiseMs }: Measured): Expected {
  const slowest = waves.flatMap((names) => {
    const all = names.map((name) => {
      const known = took[name] ?? [];
      return { name, ms: known.length === 0 ? otherwiseMs : Math.max(...known), isAssumed: known.length === 0 };
    });
    return all.toSorted((a, b) => b.ms - a.ms).slice(0, 1);
  });
  const ms = slowest.reduce((sum, one) => sum + one.ms, 0);
  const parts = slowest.map(({ name, ms: its, isAssumed }) => `${name} ${inMinutes(its)}${isAssumed ? " (assumed)" : ""}`);
  return { ms, says: `about ${inMinutes(ms)}: ${parts.slice(0, 4).join(", ")}${parts.length > 4 ? ` and ${parts.length - 4} more waves` : ""}` };
}
