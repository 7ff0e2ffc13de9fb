import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Problem } from "../base/problem/index.ts";
import type { Selection } from "./selection.ts";

/**
 * What a run says of the stacks that this one reads: they are applied earlier in the same run, so a preview must not use today's values.
 * The runner writes it as JSON to `<root>/.trueup-run/<env>.<stack>.json` (or `.trueup-run/<stack>.json`), root being the folder of
 * Pulumi.yaml, before it starts the engine. A file and not a variable, because a shared language host does not pass on the variables of
 * the command that uses it. Without the file (plain pulumi) nothing is marked. Marks count in previews only.
 */
export interface RunMarks {
  /** Declared stacks of which no output is known. */
  readonly stacks: readonly string[];
  /** Single outputs that are not known, by declared stack. */
  readonly outputs: Readonly<Record<string, readonly string[]>>;
  /** Asks that known outputs be witnessed under this key. */
  readonly salt?: string;
}

const nothing: RunMarks = { stacks: [], outputs: {} };

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function parse(text: string): RunMarks | undefined {
  try {
    const { stacks = [], outputs = {}, salt } = JSON.parse(text) as { readonly stacks?: unknown; readonly outputs?: unknown; readonly salt?: unknown };
    if (!isTexts(stacks) || typeof outputs !== "object" || outputs === null) return undefined;
    const lists = Object.entries(outputs);
    if (!lists.every((pair): pair is [string, string[]] => isTexts(pair[1]))) return undefined;
    return { stacks, outputs: Object.fromEntries(lists), ...(typeof salt === "string" ? { salt } : {}) };
  } catch {
    return undefined;
  }
}

/** The marks of this run. Throws INTERNAL for a file that is not understood: taking it for "nothing" would show stale values as certain. */
export function readMarks({ root, pulumiStack, stackName }: Selection): RunMarks {
  for (const name of [pulumiStack, stackName]) {
    const path = join(".trueup-run", `${name}.json`);
    let text: string;
    try {
      text = readFileSync(join(root, path), "utf8");
    } catch {
      continue;
    }
    const marks = parse(text);
    if (marks !== undefined) return marks;
    throw new Problem("INTERNAL", { what: "the run's marks cannot be read", on: path, todo: "Delete the file and run again." });
  }
  return nothing;
}
