import { inspect } from "node:util";
import type { Sdk } from "./sdk.ts";

/** The exit code that tells the host "the engine has the error already". */
const alreadyTold = 32;

export interface ErrorGuard {
  programStarts(): void;
  /** Runs `last` once, after everything else that waits for the end of the event loop, unless something went wrong. */
  onDrained(last: () => Promise<void>): void;
}

/** An error with its stack, causes and fields. Plain text, unlike the SDK's: it ends in logs and comments. */
function detailOf(error: unknown): string {
  if (typeof error === "string") return error;
  try {
    return inspect(error);
  } catch {
    // Errors of SDKs may hold whole requests, too large to show.
    return error instanceof Error ? (error.stack ?? error.message) : "an error that cannot be shown";
  }
}

function textOf(sdk: Sdk, program: string, error: unknown): string {
  if (sdk.errors.RunError.isInstance(error)) return (error as Error).message;
  const name = error instanceof Error ? error.name : "";
  if (error instanceof Error && (name === "TSError" || name === "SyntaxError")) {
    // Their message says where; the frames below are Node's.
    const [before] = (error.stack ?? "").split(error.message);
    return `Running program '${program}' failed with an unhandled exception:\n${before ?? ""}${error.message}`;
  }
  return `Running program '${program}' failed with an unhandled exception:\n${detailOf(error)}`;
}

/**
 * Whatever is thrown and not caught, in the program or in a promise that nobody awaited, is told to the engine once and makes
 * the exit code not zero: a zero would let the engine delete what the program did not come to.
 */
export function guardErrors(sdk: Sdk, program: string): ErrorGuard {
  const errors = new Set<unknown>();
  let started = false;
  const caught = (error: unknown): void => {
    if (errors.has(error)) return;
    errors.add(error);
    if (!started) {
      void sdk.log.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
    } else if (sdk.errors.ResourceError.isInstance(error)) {
      const known = error as { hideStack: boolean; message: string; resource: unknown };
      void sdk.log.error(known.hideStack ? known.message : detailOf(error), known.resource);
    } else {
      void sdk.log.error(textOf(sdk, program, error));
    }
  };
  process.on("uncaughtException", caught);
  process.on("unhandledRejection", caught);
  process.on("exit", (code) => {
    if (code === 0 && errors.size > 0) process.exitCode = alreadyTold;
  });
  return {
    programStarts: () => {
      started = true;
    },
    onDrained: (last) => {
      let registered = false;
      let done = false;
      process.on("beforeExit", (code) => {
        if (registered || code !== 0) return;
        registered = true;
        // Libraries add resources in beforeExit handlers of their own (aws: bucket notifications), so ours comes a turn later, behind theirs.
        process.nextTick(() => {
          setImmediate(() => undefined);
          process.on("beforeExit", (late) => {
            if (done || late !== 0 || errors.size > 0) return;
            done = true;
            void last();
          });
        });
      });
    },
  };
}
