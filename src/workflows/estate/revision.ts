import { join } from "node:path";
import { didYouMean, Problem } from "../../base/problem/index.ts";
import type { Secret } from "../../base/secret/index.ts";
import type { StackSite } from "../../adapters/engine/index.ts";
import type { PreparedProgram, Tree } from "../../adapters/programs/index.ts";
import type { Environment, Organisation, StackDeclaration } from "../../domain/environments/index.ts";
import type { Closure } from "../../domain/planner/index.ts";
import { absoluteBackend } from "./backend.ts";
import { treeOf, type Estate } from "./estate.ts";
import { keptVariables } from "./identity.ts";
import { openPassphrase } from "./secrets.ts";

/** Where the state of an environment is, what opens it, and the credentials for both. */
export interface Ground {
  /** Absolute. */
  readonly backend: string;
  readonly passphrase: Secret;
  readonly variables: Readonly<Record<string, string>>;
}

/** One environment as one tree of the repository declares it. */
export interface Revision {
  readonly tree: Tree;
  readonly organisation: Organisation;
  readonly environment: Environment;
  readonly closures: readonly Closure[];
  /** What stands in for what the revision itself says of backend and secrets, where it is not to be trusted with it. */
  readonly ground?: Ground;
  /** The folder is gone while stacks of it are live. */
  readonly removed?: true;
}

/** Raises ENVIRONMENT_UNKNOWN with the nearest name, and whatever evaluating its files raises. */
export async function readRevision(estate: Estate, treeish: string, name: string): Promise<Revision> {
  const tree = await treeOf(estate.repository, treeish);
  const names = await estate.programs.environments(tree);
  if (!names.includes(name)) {
    throw new Problem("ENVIRONMENT_UNKNOWN", {
      what: `there is no environment "${name}"`,
      on: `environments/ at ${treeish.slice(0, 7)}`,
      todo: `${didYouMean(name, names).trim()} Known: ${names.join(", ") || "none; make environments/<name>/environment.ts"}`.trim(),
    });
  }
  // In one turn, so that one child evaluates both files.
  const [organisation, environment] = await Promise.all([estate.programs.organisation(tree), estate.programs.environment(tree, name)]);
  return { tree, organisation, environment, closures: await estate.programs.closures(tree, environment) };
}

/** What a run marks unknown to the programs of one stack, because it is applied earlier in the same run. */
export interface UnknownMarks {
  /** Declared stacks of which nothing is known yet. */
  readonly stacks: readonly string[];
  /** Single outputs, per declared stack. */
  readonly outputs: Readonly<Record<string, readonly string[]>>;
  /** Asks the dispatcher to witness known outputs under this key, so that masked ones can be compared. */
  readonly salt?: string;
}

/** The stacks of a revision with prepared programs: gives each its place to run. */
export interface Sites {
  site(stack: StackDeclaration, marks?: UnknownMarks): Promise<StackSite>;
}

export async function prepareSites(estate: Estate, revision: Revision, wanted: readonly StackDeclaration[]): Promise<Sites> {
  const { environment } = revision;
  const names = new Set(wanted.map((stack) => stack.name));
  const closures = revision.closures.filter((closure) => names.has(closure.stack));
  const prepared = await estate.programs.prepare(revision.tree, environment, closures);
  const ground = revision.ground;
  const passphrase = ground?.passphrase ?? (await openPassphrase(environment, estate.machine, estate.root));
  const backend = ground?.backend ?? (await absoluteBackend(environment.backend, estate.root));
  const variables = keptVariables(estate.machine, environment, () => estate.clock.monotonicMs());
  const place = (stack: StackDeclaration): PreparedProgram => {
    const found = prepared.get(stack.name);
    if (found !== undefined) return found;
    throw new Problem("STACK_UNKNOWN", {
      what: `the stack "${stack.name}" has no program here`,
      on: environment.name,
      todo: 'Declare it again, or retire it with "forget".',
    });
  };
  return {
    site: async (stack, marks) => {
      const { directory, repositoryRoot, policyPacks } = place(stack);
      await estate.host.files.write(marksFile(repositoryRoot, stack.pulumiStack), JSON.stringify(marks ?? { stacks: [], outputs: {} }));
      return {
        stack: stack.name,
        pulumiStack: stack.pulumiStack,
        directory,
        repositoryRoot,
        backend,
        passphrase,
        variables: ground?.variables ?? (await variables()),
        policyPacks,
        policyLevels: environment.policies.levels,
        knownSecrets: [],
      };
    },
  };
}

/** The dispatcher reads these; the file is the one channel that works under every language host. */
function marksFile(repositoryRoot: string, stack: string): string {
  return join(repositoryRoot, ".trueup-run", `${stack}.json`);
}
