/**
 * Runs `work` over all items, at most `atOnce` at a time, in order of the list. Waits for everything that was started, then throws the first
 * failure: nothing runs on behind the caller's back. `stop` is asked before each start; what is not started then is left out.
 */
export async function eachOf<T>(
  items: readonly T[],
  options: { readonly atOnce: number; readonly stop?: () => boolean },
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      if (failures.length > 0 || options.stop?.() === true) return;
      await work(item).catch((failure: unknown) => failures.push(failure));
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.atOnce, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
}

/** A place to work in, shared by all who take turns at it: at most `atOnce` at a time, first come, first served. */
export function slotsOf(atOnce: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = atOnce;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((next) => waiting.push(next));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}
