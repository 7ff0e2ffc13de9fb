/**
 * Swallows what evaluated files print: nobody reads it, and writes to a pipe are queued in memory without bound.
 * Returns a function that starts counting anew. `tooMuch` is called once the count passes `most` and must not return.
 */
export function swallowPrints(most: number, tooMuch: () => never): () => void {
  let printed = 0;
  const write = (chunk: unknown): boolean => {
    printed += typeof chunk === "string" || chunk instanceof Uint8Array ? chunk.length : 0;
    return printed <= most || tooMuch();
  };
  for (const stream of [process.stdout, process.stderr]) Object.defineProperty(stream, "write", { value: write, configurable: false, writable: false });
  return () => {
    printed = 0;
  };
}
