export interface Interrupts {
  /** Aborted by the first Ctrl-C or SIGTERM: end cleanly. */
  readonly signal: AbortSignal;
  /** Aborted by the second: kill, and say what is left. */
  readonly hardSignal: AbortSignal;
}

export interface Listening {
  readonly interrupts: Interrupts;
  /** What the first and the second signal do, without one: for a failure that must end the run. */
  readonly stop: () => void;
  readonly kill: () => void;
}

const sameSignalMs = 40;

/** Turns SIGINT and SIGTERM of this process into two stages of cancelling. */
export function listenForInterrupts(say: (text: string) => void): Listening {
  const soft = new AbortController();
  const hard = new AbortController();
  let firstAt = 0;
  const onSignal = (name: string): void => {
    // One Ctrl-C may arrive twice: from the terminal, and passed on by the process that started us.
    if (soft.signal.aborted && performance.now() - firstAt < sameSignalMs) return;
    if (!soft.signal.aborted) firstAt = performance.now();
    if (!soft.signal.aborted) {
      say(`${name}: ending cleanly; running resources finish. Press Ctrl-C again to kill the engine now.`);
      soft.abort();
    } else if (!hard.signal.aborted) {
      say(`${name} again: killing the engine. Look at what is left with: trueup status`);
      hard.abort();
    }
  };
  process.on("SIGINT", () => onSignal("SIGINT"));
  process.on("SIGTERM", () => onSignal("SIGTERM"));
  process.on("SIGHUP", () => onSignal("SIGHUP"));
  // A reader that went away (a closed pipe, a lost terminal) must not end an apply half-way.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  return { interrupts: { signal: soft.signal, hardSignal: hard.signal }, stop: () => soft.abort(), kill: () => hard.abort() };
}
