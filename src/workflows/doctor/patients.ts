import { didYouMean, Problem } from "../../base/problem/index.ts";
import type { Tree } from "../../adapters/programs/index.ts";
import { ledgerOf, treeOf, type Estate } from "../estate/index.ts";
import type { Ledger } from "../ledger/index.ts";
import type { Examined } from "./environment.ts";
import { look } from "./look.ts";

/** One environment with all that is looked at around it. */
export interface Patient extends Examined {
  /** Head of its branch on the remote. */
  readonly head: string | undefined;
  readonly ledger: Ledger;
}

/** What the clone's HEAD declares. */
export interface Declared {
  readonly tree: Tree;
  readonly commit: string;
}

export async function declaredHere(estate: Estate): Promise<Declared> {
  const commit = await estate.repository.fetchLocal(estate.root, "HEAD");
  return { tree: await treeOf(estate.repository, commit), commit };
}

/** All that are declared where none is named. Raises ENVIRONMENT_UNKNOWN. */
export async function namesOf(estate: Estate, { tree }: Declared, wanted: readonly string[]): Promise<readonly string[]> {
  const known = await estate.programs.environments(tree);
  const unknown = wanted.find((name) => !known.includes(name));
  if (unknown === undefined) return wanted.length === 0 ? known : wanted;
  throw new Problem("ENVIRONMENT_UNKNOWN", {
    what: `there is no environment "${unknown}"`,
    on: "environments/ at HEAD",
    todo: `${didYouMean(unknown, known).trim()} Known: ${known.join(", ") || "none; make environments/<name>/environment.ts"}.`.trim(),
  });
}

/** The environment as its own branch says it, or, where it has none yet, as the clone does. */
export async function examine(estate: Estate, at: Declared, name: string): Promise<Patient> {
  const here = await estate.programs.environment(at.tree, name);
  const head = await estate.repository.branch(here.branch);
  const ledger = await ledgerOf(estate, name);
  const record = await look(name, async () => (await ledger.read({ fetch: false }))?.environment);
  const tree = head === undefined ? undefined : await treeOf(estate.repository, head);
  const isThere = tree !== undefined && (await estate.programs.environments(tree)).includes(name);
  const environment = isThere ? await estate.programs.environment(tree, name) : here;
  return { environment, commit: isThere && head !== undefined ? head : at.commit, head, ledger, record };
}

export async function findPatient(estate: Estate, name: string): Promise<Patient> {
  const declared = await declaredHere(estate);
  await namesOf(estate, declared, [name]);
  return examine(estate, declared, name);
}
