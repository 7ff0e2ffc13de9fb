import { vi } from "vitest";
import { asProblem } from "../../src/base/problem/index.ts";
import { runCommandLine } from "../../src/doors/cli/command-line.ts";

export interface Typed {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

/** The whole command line in this process: a process for each of many commands would be most of what a test of them costs. */
export async function typed(folder: string, args: readonly string[]): Promise<Typed> {
  let [out, err] = ["", ""];
  const listening = new AbortController().signal;
  const spies = [
    vi.spyOn(process.stdout, "write").mockImplementation((text) => (out += String(text)) !== ""),
    vi.spyOn(process.stderr, "write").mockImplementation((text) => (err += String(text)) !== ""),
  ];
  try {
    const exit = await runCommandLine(["-C", folder, ...args], {
      interrupts: { signal: listening, hardSignal: listening },
      strays: { first: () => undefined, problemOf: (thrown) => asProblem(thrown, "trueup"), over: () => undefined },
      say: (text) => void (err += `${text}\n`),
    });
    return { exit, out, err };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
