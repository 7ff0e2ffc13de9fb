import * as pulumi from "@pulumi/pulumi";
import { pathToFileURL } from "node:url";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Problem } from "../base/problem/index.ts";
import type { Outputs, StackProgram } from "../declare/index.ts";
import { checkedArguments } from "./arguments.ts";
import { contextOf } from "./context.ts";
import { readMarks } from "./marks.ts";
import { selectStack, type Selection } from "./selection.ts";
import { leaveWitness } from "./witness.ts";

function isStackProgram(value: unknown): value is StackProgram {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "stack-program";
}

/** The program module of a stack: `<path>/index.ts`, or the file itself where the path names one. */
async function loadProgram({ root, entry, file, stackName }: Selection): Promise<StackProgram> {
  const place = join(root, entry.path);
  const path = [join(place, "index.ts"), join(place, "index.js"), place].find((candidate) => /\.[mc]?[tj]s$/.test(candidate) && existsSync(candidate));
  if (path === undefined) {
    throw new Problem("STACK_PATH_MISSING", {
      what: `there is no program at ${entry.path}`,
      on: `${file}, stacks.${stackName}`,
      todo: `Write ${entry.path}/index.ts, or correct the path.`,
    });
  }
  const loaded = (await import(pathToFileURL(path).href)) as { readonly default?: unknown };
  if (isStackProgram(loaded.default)) return loaded.default;
  throw new Problem("PROGRAM_FAILED", {
    what: `${entry.path} exports no stack program`,
    on: `${file}, stacks.${stackName}`,
    todo: "Export it: export default defineStack({ args, program }).",
  });
}

async function run(): Promise<Outputs> {
  const selection = await selectStack(pulumi.getRootDirectory(), pulumi.getStack());
  const stackProgram = await loadProgram(selection);
  const args = checkedArguments(stackProgram.args, selection);
  const outputs = await stackProgram.program(args, contextOf(selection, readMarks(selection)));
  leaveWitness(selection, outputs);
  return outputs;
}

/**
 * Runs the program of the selected Pulumi stack `<env>.<stack>`: the default export of an estate's stacks/index.ts, so that plain
 * `pulumi preview -s dev.clusters` works. Resolves to the program's outputs. A refusal of trueup's own reaches the user as its three lines,
 * without a stack trace; what the program throws passes through as it is.
 */
export async function dispatch(): Promise<Outputs> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof Problem) throw new pulumi.RunError(error.lines.join("\n"));
    throw error;
  }
}
