/** How often a process without a watched stdin looks whether its parent lives. */
const parentCheckMs = 500;

/**
 * Ends this process when whoever started it is gone: parent dead, SIGTERM or SIGINT, and with `stdin` also at the end of stdin. Plugins keep
 * running when the engine is killed, so they must notice by themselves.
 */
export function endWithParent(close: () => Promise<void>, watch: { readonly stdin: boolean }): void {
  const parent = process.ppid;
  let ending = false;
  const end = (): void => {
    if (ending) return;
    ending = true;
    void close().finally(() => process.exit(0));
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
  setInterval(() => {
    if (process.ppid !== parent) end();
  }, parentCheckMs).unref();
  if (!watch.stdin) return;
  process.stdin.on("end", end);
  process.stdin.on("error", end);
  process.stdin.resume();
}
