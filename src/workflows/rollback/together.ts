import { asProblem, type Problem } from "../../base/problem/index.ts";
import { prepareSites, readRevision, type Estate } from "../estate/index.ts";
import { verifyEnvironment, verifyFailure } from "../stack-run/index.ts";
import type { RolledBack } from "./roll-back.ts";

interface Asking {
  readonly estate: Estate;
  /** The environment's name. */
  readonly environment: string;
  readonly signal: AbortSignal;
}

/**
 * Asks the environment's own checks once what failed is back, as they are asked once what was applied is through: those of the newest commit that something
 * went back to. Where one does not hold all that went back is frozen: there is no other way back, and which of it is to blame nobody can tell.
 */
export async function backTogether<Gone extends { readonly back: RolledBack }>(asking: Asking, gone: readonly Gone[]): Promise<readonly Gone[]> {
  const back = gone.filter(({ back: { state } }) => state === "rolledBack");
  const problem = await failedTogether(asking, back).catch((thrown: unknown) => asProblem(thrown, `environment ${asking.environment}`));
  if (problem === undefined || asking.signal.aborted) return gone;
  return gone.map((one) => (back.includes(one) ? { ...one, back: { ...one.back, state: "frozen" as const, problem } } : one));
}

async function failedTogether({ estate, environment: name, signal }: Asking, back: readonly { readonly back: RolledBack }[]): Promise<Problem | undefined> {
  const [newest] = back.flatMap(({ back: { stacks } }) => stacks).toSorted((a, b) => b.target.since.getTime() - a.target.since.getTime());
  if (newest === undefined || signal.aborted) return undefined;
  const { commit, stack } = newest.target;
  const revision = await readRevision(estate, commit, name);
  const { environment } = revision;
  const declaration = environment.stacks.find((one) => one.name === stack);
  if (declaration === undefined || (environment.verify.checks ?? []).length === 0) return undefined;
  const sites = await prepareSites(estate, revision, environment.stacks);
  const probes = await verifyEnvironment(estate, { environment, site: await sites.site(declaration), sites, signal });
  return verifyFailure({ environment: name, commit }, probes);
}
