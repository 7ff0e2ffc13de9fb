export interface Interrupts {
  /** Aborted by the first Ctrl-C or SIGTERM: end cleanly. */
  readonly signal: AbortSignal;
  /** Aborted by the second: kill, and say what is left. */
  readonly hardSignal: AbortSignal;
}

/** Turns SIGINT and SIGTERM of this process into two stages of cancelling. */
export function listenForInterrupts(say: (text: string) => void): Interrupts {
  const soft = new AbortController();
  const hard = new AbortController();
  const onSignal = (name: string): void => {
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
  return { signal: soft.signal, hardSignal: hard.signal };
}
