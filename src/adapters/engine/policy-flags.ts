import { basename, join } from "node:path";
import type { StackSite } from "./port.ts";

/** Packs that judge a run, each with what is said of single policies. */
export function judgingPacks({ policyPacks, policyLevels = {}, livePolicies }: StackSite) {
  const live = (livePolicies?.packs ?? []).map((pack) => ({ pack, said: livePolicies?.levels ?? {} }));
  return [...policyPacks.map((pack) => ({ pack, said: policyLevels })), ...live];
}

/** Flags for every pack, each with a config file of the environment's levels: the engine itself must know them, or an `up` would stop at a pack's own. */
export function policyFlags(site: StackSite, directory: string): { readonly flags: readonly string[]; readonly files: Readonly<Record<string, string>> } {
  const flags: string[] = [];
  const files: Record<string, string> = {};
  for (const [index, { pack, said }] of judgingPacks(site).entries()) {
    const name = basename(pack);
    const levels = Object.entries(said).flatMap(([key, level]) => {
      const [first = "", policy] = key.split("/");
      return policy === undefined ? [[first, level]] : first === name ? [[policy, level]] : [];
    });
    const file = join(directory, `policy-levels-${index}.json`);
    files[file] = JSON.stringify(Object.fromEntries(levels));
    flags.push("--policy-pack", pack, "--policy-pack-config", file);
  }
  return { flags, files };
}
