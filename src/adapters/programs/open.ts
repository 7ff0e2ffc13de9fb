import { join } from "node:path";
import type { Machine } from "../../base/process/index.ts";
import { closuresOf } from "./closures.ts";
import { environmentNames, readEnvironment, readOrganisation } from "./environments.ts";
import { evaluatorRoots, type EvaluationLimits } from "./evaluate.ts";
import { Evaluations } from "./evaluations.ts";
import { KeptEvaluations } from "./kept-evaluations.ts";
import { FactsByBlob, Sources } from "./modules/sources.ts";
import { readPolicies } from "./policies.ts";
import type { Programs, Tree } from "./port.ts";
import { Preparations } from "./prepare.ts";

const listingsKept = 16;

export interface ProgramsOptions {
  readonly machine: Machine;
  /** Private folder for everything made here; need not exist. */
  readonly work: string;
  /** The clone that trueup runs in: its node_modules serves trees with the same lockfile. */
  readonly checkout: string;
  /** For tests; the default is 10 s, 16 MiB of prints, 512 MB. */
  readonly limits?: EvaluationLimits;
}

/** Opens no file and starts no process until something is asked. */
export function openPrograms(options: ProgramsOptions): Programs {
  const facts = new FactsByBlob();
  const listings = new Map<string, Promise<Sources>>();
  const sources = (tree: Tree): Promise<Sources> => {
    const known = listings.get(tree.id);
    if (known !== undefined) return known;
    const oldest = listings.size >= listingsKept ? listings.keys().next().value : undefined;
    if (oldest !== undefined) listings.delete(oldest);
    const opened = Sources.open(tree, facts);
    listings.set(tree.id, opened);
    // A tree that could not be listed is not remembered as such.
    opened.catch(() => listings.delete(tree.id));
    return opened;
  };
  const evaluations = new Evaluations({
    work: join(options.work, "evaluations"),
    kept: new KeptEvaluations(join(options.machine.cache, "evaluations"), evaluatorRoots),
    sources,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  const preparations = new Preparations({ machine: options.machine, checkout: options.checkout, work: join(options.work, "prepared") });
  return {
    environments: async (tree) => environmentNames(await sources(tree)),
    organisation: async (tree) => readOrganisation(await sources(tree), evaluations),
    environment: async (tree, name) => readEnvironment(await sources(tree), evaluations, name),
    closures: async (tree, environment) => closuresOf(await sources(tree), environment),
    policies: async (tree, environment) => readPolicies(await sources(tree), environment, preparations),
    prepare: async (tree, environment, closures) => preparations.prepare(await sources(tree), environment, closures),
    whole: async (tree) => preparations.whole(await sources(tree)),
    close: async () => {
      await evaluations.close();
      await preparations.close();
    },
  };
}
