import type { EngineOutcome } from "../../adapters/engine/index.ts";

/** The first line of the first error, or how it ended. */
export function failureText({ changes, result }: EngineOutcome, what: string): string {
  const error = changes.diagnostics.find((one) => one.severity === "error");
  return error?.message.split("\n")[0] ?? `${what} ended as ${result}`;
}
