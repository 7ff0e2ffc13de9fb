import { mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { Problem } from "../../base/problem/index.ts";
import type { StackSite } from "./port.ts";

const projectFile = z.looseObject({ name: z.string(), stackConfigDir: z.string().optional(), config: z.unknown().optional() });

export interface ProjectCopy {
  readonly project: string;
  /** A folder that is a Pulumi project of the same name and nothing else. */
  readonly directory: string;
  /** The stack's config, to be given as `--config-file`. */
  readonly config: string;
  /** Whether the config holds values encrypted with the passphrase. */
  readonly hasSecrets: boolean;
  readonly remove: () => Promise<void>;
}

/** The last part of `organization/project/stack`. */
export function shortName(pulumiStack: string): string {
  return pulumiStack.slice(pulumiStack.lastIndexOf("/") + 1);
}

async function readProject(directory: string): Promise<z.infer<typeof projectFile>> {
  for (const name of ["Pulumi.yaml", "Pulumi.yml", "Pulumi.json"]) {
    const text = await readFile(join(directory, name), "utf8").catch(() => undefined);
    const read = text === undefined ? undefined : projectFile.safeParse(parse(text));
    if (read?.success === true) return read.data;
  }
  throw new Problem("STACK_PATH_MISSING", { what: "there is no readable Pulumi.yaml", on: directory, todo: "Check the stack's path in environment.ts." });
}

/** The name of the Pulumi project in a folder. Raises STACK_PATH_MISSING. */
export async function projectName(directory: string): Promise<string> {
  return (await readProject(directory)).name;
}

/** The project's name and the stack's config as the commit has it, "" without one. Raises CONFIG_INVALID for config outside of the repository. */
export async function readConfig(site: StackSite): Promise<{ readonly project: string; readonly text: string }> {
  const project = await readProject(site.directory);
  const path = resolve(site.directory, project.stackConfigDir ?? ".", `Pulumi.${shortName(site.pulumiStack)}.yaml`);
  const found = await realpath(path).catch(() => undefined);
  if (found === undefined) return { project: project.name, text: "" };
  if (!found.startsWith(`${await realpath(site.repositoryRoot)}${sep}`)) {
    throw new Problem("CONFIG_INVALID", {
      what: "stackConfigDir leads out of the repository",
      on: `stack ${site.stack}, Pulumi.yaml`,
      todo: "Keep the config of stacks in a folder of the repository.",
    });
  }
  return { project: project.name, text: await readFile(found, "utf8").catch(() => "") };
}

/**
 * Copies what the engine writes to: even a preview adds a new salt to a config file without one. The salt of the recorded state is put
 * there instead, so that runs neither derive a new key each time nor write into the checkout.
 */
export async function copyProject(site: StackSite, work: string, salt: string | undefined): Promise<ProjectCopy> {
  const { project, text } = await readConfig(site);
  const stack = shortName(site.pulumiStack);
  const directory = await mkdtemp(join(work, "project-"));
  const config = join(directory, `Pulumi.${stack}.yaml`);
  const salted = salt !== undefined && !/^encryptionsalt:/m.test(text) ? `encryptionsalt: ${salt}\n${text}` : text;
  await writeFile(config, salted, { mode: 0o600 });
  await writeFile(join(directory, "Pulumi.yaml"), `name: ${JSON.stringify(project)}\nruntime: nodejs\n`);
  return { project, directory, config, hasSecrets: /\bsecure\b/.test(text), remove: () => rm(directory, { recursive: true, force: true }) };
}
