import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { didYouMean, Problem } from "../base/problem/index.ts";
import type { EnvironmentFile, StackEntry } from "../declare/index.ts";

/** The stack that this run is about, with the environment that declares it. */
export interface Selection {
  /** Folder of the estate's Pulumi.yaml, absolute. */
  readonly root: string;
  readonly environment: string;
  readonly stackName: string;
  /** The Pulumi stack name, `<env>.<stack>`. */
  readonly pulumiStack: string;
  /** Repository path of the environment's file, for messages. */
  readonly file: string;
  readonly stacks: EnvironmentFile["stacks"];
  readonly entry: StackEntry;
}

function environmentNames(root: string): string[] {
  try {
    return readdirSync(join(root, "environments")).filter((name) => existsSync(join(root, "environments", name, "environment.ts")));
  } catch {
    return [];
  }
}

async function loadEnvironment(root: string, name: string, pulumiStack: string): Promise<EnvironmentFile> {
  const path = join(root, "environments", name, "environment.ts");
  if (!existsSync(path)) {
    const known = environmentNames(root);
    throw new Problem("ENVIRONMENT_UNKNOWN", {
      what: `the stack ${pulumiStack} belongs to an environment "${name}" that is not there.${didYouMean(name, known)}`,
      on: "environments/",
      todo: known.length === 0 ? "Write environments/<name>/environment.ts." : `Select a stack of one of these: ${known.join(", ")}.`,
    });
  }
  const loaded = (await import(pathToFileURL(path).href)) as { readonly default?: EnvironmentFile };
  if (loaded.default?.stacks !== undefined) return loaded.default;
  throw new Problem("ENVIRONMENT_INVALID", {
    what: "the file exports no environment",
    on: `environments/${name}/environment.ts`,
    todo: "Export it: export default defineEnvironment({...}).",
  });
}

/**
 * Finds what `<env>.<stack>` is declared as. Throws STACK_UNKNOWN or ENVIRONMENT_UNKNOWN with the nearest name, ENVIRONMENT_INVALID
 * for a file that declares nothing.
 */
export async function selectStack(root: string, pulumiStack: string): Promise<Selection> {
  const dot = pulumiStack.indexOf(".");
  if (dot <= 0 || dot === pulumiStack.length - 1) {
    const known = environmentNames(root).map((name) => `${name}.<stack>`);
    throw new Problem("STACK_UNKNOWN", {
      what: `the stack name "${pulumiStack}" does not say environment and stack`,
      on: "the selected Pulumi stack",
      todo: `Name it <environment>.<stack>: ${known.join(", ")}.`,
    });
  }
  const [environment, stackName] = [pulumiStack.slice(0, dot), pulumiStack.slice(dot + 1)];
  const file = `environments/${environment}/environment.ts`;
  const { stacks } = await loadEnvironment(root, environment, pulumiStack);
  const entry = Object.hasOwn(stacks, stackName) ? stacks[stackName] : undefined;
  if (entry?.kind === "stack") return { root, environment, stackName, pulumiStack, file, stacks, entry };
  if (entry?.kind === "project") {
    throw new Problem("STACK_UNKNOWN", {
      what: `"${stackName}" is a Pulumi project of its own`,
      on: file,
      todo: `Run it in its folder: pulumi -C ${entry.path} preview -s ${entry.stack}.`,
    });
  }
  const own = Object.keys(stacks).filter((name) => stacks[name]?.kind === "stack");
  throw new Problem("STACK_UNKNOWN", {
    what: `the environment "${environment}" declares no stack "${stackName}".${didYouMean(stackName, own)}`,
    on: file,
    todo: `Declared here: ${own.join(", ") || "none"}.`,
  });
}
