import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { callCli, tryCli, type CliSettings } from "./cli.ts";
import { fileBackend } from "./locks.ts";
import { projectName, shortName, type ProjectCopy } from "./project-copy.ts";
import type { StackSite } from "./port.ts";

export interface ThrowAway {
  /** The same stack in a backend of its own. */
  readonly site: StackSite;
  /** Brings a stack that the program reads into that backend. False when the real one has none of that name. */
  readonly bring: (fullName: string) => Promise<boolean>;
  readonly remove: () => Promise<void>;
}

async function initialise(settings: CliSettings, site: StackSite, directory: string): Promise<void> {
  await callCli(settings, { site, args: ["stack", "init", site.pulumiStack, "--no-select"], cwd: directory });
}

/**
 * A backend that lives for one preview, for a stack that was never initialised: previewing it in the real one would create it there.
 * The stacks that its program may read are copied: all at once from a file backend, one by one as they are missed from any other.
 */
export async function throwAwayBackend(settings: CliSettings, site: StackSite, copy: ProjectCopy): Promise<ThrowAway> {
  const directory = await mkdtemp(join(settings.tmp, "backend-"));
  const real = fileBackend(site.backend);
  await mkdir(join(directory, ".pulumi"), { recursive: true });
  if (real !== undefined) {
    for (const part of ["stacks", "meta.yaml"])
      await cp(join(real, ".pulumi", part), join(directory, ".pulumi", part), { recursive: true, force: true }).catch(() => undefined);
  }
  // A stack that is taken for absent, because its state does not open, is there all the same.
  const own = join(directory, ".pulumi", "stacks", await projectName(site.directory), `${shortName(site.pulumiStack)}.json`);
  for (const ending of ["", ".gz", ".zst", ".bak"]) await rm(`${own}${ending}`, { force: true });
  const away: StackSite = { ...site, backend: pathToFileURL(directory).href };
  await initialise(settings, away, copy.directory);
  const bring = async (fullName: string): Promise<boolean> => {
    const found = await tryCli(settings, { site, args: ["stack", "export", "-s", fullName], cwd: copy.directory });
    if (found.exitCode !== 0) return false;
    const [, project = "", name = ""] = fullName.split("/");
    const there = await mkdtemp(join(settings.tmp, "project-"));
    try {
      await writeFile(join(there, "Pulumi.yaml"), `name: ${JSON.stringify(project)}\nruntime: nodejs\n`);
      await writeFile(join(there, "state.json"), found.stdout, { mode: 0o600 });
      const other = { ...away, pulumiStack: name };
      await initialise(settings, other, there);
      await callCli(settings, { site: other, args: ["stack", "import", "-s", name, "--file", join(there, "state.json")], cwd: there });
      return true;
    } finally {
      await rm(there, { recursive: true, force: true });
    }
  };
  return { site: away, bring, remove: () => rm(directory, { recursive: true, force: true }) };
}
