/** One way to do the work of a row; `seconds` are measured by the way itself. */
export interface Way {
  readonly name: string;
  /** How often; a way that costs much is measured less often, and the table says so. */
  readonly times: number;
  run(): Promise<number>;
}

export interface Sample {
  readonly name: string;
  readonly seconds: readonly number[];
}

/** Runs all ways in turn, round after round, so that a busy moment of the machine falls on all of them. The first, warming run of each is not counted. */
export async function alternate(ways: readonly Way[], tell: (line: string) => void): Promise<Sample[]> {
  const found = ways.map((way) => ({ name: way.name, seconds: [] as number[] }));
  const rounds = Math.max(...ways.map(({ times }) => times));
  for (let round = 0; round <= rounds; round++) {
    for (const [index, way] of ways.entries()) {
      if (round > way.times || (round === 0 && way.times < rounds)) continue;
      const seconds = (await way.run()) / 1000;
      if (round > 0) found[index]?.seconds.push(seconds);
      tell(`  ${round === 0 ? "warm-up" : `round ${round}`}  ${seconds.toFixed(2).padStart(6)} s  ${way.name}`);
    }
  }
  return found;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? Number.NaN) : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}
