import { join } from "node:path";
import { digestOf } from "../../base/json/index.ts";
import type { Machine } from "../../base/process/index.ts";
import type { Closure } from "../../domain/planner/index.ts";
import { closuresOf } from "./closures.ts";
import { environmentNames, readEnvironment, readOrganisation } from "./environments.ts";
import { evaluatorRoots, type EvaluationLimits } from "./evaluate.ts";
import { Evaluations } from "./evaluations.ts";
import { KeptEvaluations } from "./kept-evaluations.ts";
import { FactsByBlob, Sources } from "./modules/sources.ts";
import { readPolicies } from "./policies.ts";
import type { Programs, Tree } from "./port.ts";
import { Preparations } from "./prepare.ts";
import { Recent } from "./recent.ts";

const listingsKept = 16;
/** A listing of 100,000 files takes about 12 MB, and an agent keeps what is kept for months. */
const listedFilesKept = 200_000;
/** What is live, the head, and what a merge of the two would be. */
const leastListingsKept = 3;
const closuresKept = 6;

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
  const listings = new Recent<Sources>(listingsKept, { of: ({ files }) => files.size, most: listedFilesKept, least: leastListingsKept });
  const sources = (tree: Tree): Promise<Sources> => listings.of(tree.id, () => Sources.open(tree, facts));
  const closures = new Recent<readonly Closure[]>(closuresKept);
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
    // An apply asks twice, and each time for those of what is live too.
    closures: async (tree, environment) => closures.of(`${tree.id} ${digestOf(environment)}`, async () => closuresOf(await sources(tree), environment)),
    policies: async (tree, environment) => readPolicies(await sources(tree), environment, preparations),
    prepare: async (tree, environment, closures) => preparations.prepare(await sources(tree), environment, closures),
    whole: async (tree, use) => preparations.whole(await sources(tree), use),
    close: async () => {
      await evaluations.close();
      await preparations.close();
    },
  };
}
