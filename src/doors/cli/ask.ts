import { createInterface } from "node:readline/promises";
import { isatty } from "node:tty";

/** Whether there is a person to ask: one who sees the question, and can answer it. */
export function isSomebodyThere(): boolean {
  return isatty(0) && isatty(2);
}

/** Asks at the terminal; the answer, or undefined when there is none: the input ended, or it was interrupted. */
export async function askThere(question: string, signal: AbortSignal): Promise<string | undefined> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const ended = new Promise<undefined>((resolve) => void lines.once("close", () => resolve(undefined)));
  try {
    const answer = lines.question(question, { signal }).catch(() => undefined);
    return (await Promise.race([answer, ended]))?.trim();
  } finally {
    lines.close();
  }
}
