import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { exportOf } from "./kept-state.ts";
import { fileBackend } from "./locks.ts";
import type { StackSite, StateCopy } from "./port.ts";
import { projectName, shortName } from "./project-copy.ts";
import { readExport } from "./state.ts";

const saved = z.looseObject({ deployment: z.looseObject({ manifest: z.looseObject({ time: z.iso.datetime({ offset: true }) }) }) });

/** Of each kind of copies that a backend keeps so many of the newest are looked at. */
const mostOfAKind = 3;

/** Where the engine's file backend keeps earlier states: the one before the last write, those at the end of runs, those at their beginning. */
async function inBackend(site: StackSite): Promise<readonly Pick<StateCopy, "deployment" | "from">[]> {
  const root = fileBackend(site.backend);
  if (root === undefined) return [];
  const [project, stack] = [await projectName(site.directory), shortName(site.pulumiStack)];
  const newestIn = async (folder: string, ending: string): Promise<readonly string[]> => {
    const names = await readdir(join(root, folder)).catch(() => []);
    const own = names.filter((name) => name.endsWith(ending)).toSorted();
    return own.slice(-mostOfAKind).map((name) => join(folder, name));
  };
  const places = [
    join(".pulumi/stacks", project, `${stack}.json.bak`),
    ...(await newestIn(join(".pulumi/history", project, stack), ".checkpoint.json")),
    ...(await newestIn(join(".pulumi/backups", project, stack), ".json")),
  ];
  const found = await Promise.all(places.map(async (from) => ({ from, text: await readFile(join(root, from), "utf8").catch(() => "") })));
  return found.flatMap(({ from, text }) => {
    const deployment = exportOf(text);
    return deployment === undefined ? [] : [{ deployment, from }];
  });
}

/** A copy that cannot be read is none. */
function read(site: StackSite, { deployment, from }: Pick<StateCopy, "deployment" | "from">): readonly StateCopy[] {
  try {
    const state = readExport(deployment, site);
    const { manifest } = saved.parse(state).deployment;
    const resources = (state.deployment?.resources ?? []).map(({ urn, id = "" }) => ({ urn, id }));
    return [{ deployment, from, savedMs: Date.parse(manifest.time), resources }];
  } catch {
    return [];
  }
}

export async function copiesOf(site: StackSite, kept: readonly Pick<StateCopy, "deployment" | "from">[]): Promise<readonly StateCopy[]> {
  const all = [...(await inBackend(site)), ...kept];
  return all.flatMap((one) => read(site, one)).toSorted((a, b) => b.savedMs - a.savedMs);
}
