import { Problem } from "../../base/problem/index.ts";
import type { Failure } from "./evaluate/job.ts";

const pureTodo = "Write the value down, in the file or in values.json beside it: an environment is what its commit says, nothing else.";

function codeOf(file: string): "CONFIG_INVALID" | "ENVIRONMENT_INVALID" {
  return file.startsWith("environments/") ? "ENVIRONMENT_INVALID" : "CONFIG_INVALID";
}

/** A failure of the confined child as three lines for a person. */
export function problemOf(failure: Failure, file: string): Problem {
  if (failure.kind === "impure") return new Problem("ENVIRONMENT_IMPURE", { what: `${file} ${failure.what}`, on: failure.at, todo: pureTodo });
  if (failure.kind === "threw") {
    return new Problem(codeOf(file), { what: `the file fails: ${failure.message}`, on: failure.at, todo: "Correct it, then check with: trueup env list" });
  }
  // The declaration functions know the path inside the declaration, not the file.
  const path = failure.on.replace(/^(environment\.ts|trueup\.config\.ts)(, )?/, "");
  return new Problem(failure.code, { what: failure.what, on: path === "" ? file : `${file}, ${path}`, todo: failure.todo });
}

/** Where two results of one file differ first: `stacks.shop.args.at`. */
export function firstDifference(a: unknown, b: unknown, path = ""): { readonly path: string; readonly values: readonly [unknown, unknown] } | undefined {
  if (Object.is(a, b)) return undefined;
  const areObjects = typeof a === "object" && typeof b === "object" && a !== null && b !== null;
  if (!areObjects || Array.isArray(a) !== Array.isArray(b)) return { path, values: [a, b] };
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const found = firstDifference((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key], path === "" ? key : `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function unstable(file: string, difference: { readonly path: string; readonly values: readonly [unknown, unknown] }): Problem {
  const [first, second] = difference.values.map((value) => (JSON.stringify(value) ?? "nothing").slice(0, 60));
  return new Problem("ENVIRONMENT_IMPURE", {
    what: `${file} gave two results when evaluated twice: ${difference.path || "it"} is ${first} and then ${second}`,
    on: difference.path === "" ? file : `${file}, ${difference.path}`,
    todo: pureTodo,
  });
}
