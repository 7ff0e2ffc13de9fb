const parentCheckMs = 250;

/**
 * Resolves when the host has no one to work for: SIGTERM or SIGINT, the parent's death, or (shared host) the end of stdin.
 * An engine starts plugins in process groups of their own and a killed engine tells nobody: watching the parent is the only way to know.
 */
export async function untilUnneeded(mode: "serve" | "language"): Promise<void> {
  const parent = process.ppid;
  await new Promise<void>((resolve) => {
    process.once("SIGTERM", resolve);
    process.once("SIGINT", resolve);
    process.once("SIGHUP", resolve);
    // Whoever reads our words may be gone before we are.
    process.stdout.on("error", () => resolve());
    process.stderr.on("error", () => resolve());
    setInterval(() => {
      if (process.ppid !== parent) resolve();
    }, parentCheckMs);
    if (mode === "serve") {
      process.stdin.on("end", resolve);
      process.stdin.on("error", resolve);
      process.stdin.resume();
    }
  });
}
