import { asProblem, Problem } from "../../base/problem/index.ts";
import { threeLines } from "./three-lines.ts";

/** The engine may still finish what it has begun; then it is killed, and what is left of the lease is left to its proof. */
const cleanEndMs = 130_000;
const hardEndMs = 15_000;

export interface Strays {
  /** The first failure that nobody waited for: whatever the command answers, this is how it ended. */
  first(): Problem | undefined;
  problemOf(thrown: unknown): Problem;
  /** The command has ended: from here on it may end the process. */
  over(): void;
}

/**
 * The backstop for rejections and exceptions that no code catches, and for a command whose promise never settles. The run is ended as an interrupt
 * would end it, so that the engine finishes and the lease is given back; only what does not end by itself is killed.
 */
export function watchForStrays(at: { readonly command: string; readonly say: (text: string) => void; stop(): void; kill(): void }): Strays {
  const { command, say, stop, kill } = at;
  let found: Problem | undefined;
  let isOver = false;
  const endNow = (problem: Problem): void => {
    isOver = true;
    say(threeLines(problem));
    process.exit(problem.exitCode);
  };
  const onStray = (thrown: unknown): void => {
    if (found !== undefined) return;
    const problem = asProblem(thrown, command);
    found = problem;
    stop();
    const killing = setTimeout(() => {
      kill();
      setTimeout(() => endNow(problem), hardEndMs).unref();
    }, cleanEndMs);
    killing.unref();
  };
  process.on("unhandledRejection", onStray);
  process.on("uncaughtException", onStray);
  process.on("exit", () => {
    if (isOver) return;
    const silent = new Problem("INTERNAL", {
      what: "the command ended before it was done: it waited for what nothing could bring any more",
      on: command,
      todo: "Run again with --debug and report what it prints.",
    });
    const problem = found ?? silent;
    say(threeLines(problem));
    process.exitCode = problem.exitCode;
  });
  return { first: () => found, problemOf: (thrown) => found ?? asProblem(thrown, command), over: () => void (isOver = true) };
}
