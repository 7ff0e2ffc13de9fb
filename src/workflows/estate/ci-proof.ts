import type { Machine } from "../../base/process/index.ts";
import { ciSurroundings } from "../../adapters/ci/index.ts";
import type { Owner, ProofOfLife } from "../ledger/index.ts";
import type { Estate } from "./estate.ts";
import { forgeOf, forgePlaceOf } from "./forge.ts";

/** The CI job that this process is, as a lease names it. A CI that leaves out what belongs to it cannot prove its own death: that is no reason not to run. */
export function jobOf(machine: Pick<Machine, "variable">): Owner["job"] {
  try {
    const here = ciSurroundings(machine);
    if (here === undefined) return undefined;
    // GitHub's own machines and GitLab's executors other than shell and ssh: their hosts say so.
    const isDisposable = machine.variable("RUNNER_ENVIRONMENT") === "github-hosted" || machine.variable("CI_DISPOSABLE_ENVIRONMENT") === "true";
    return { forge: here.forge.kind, repository: here.forge.repository, ...here.job, ...(isDisposable ? { disposable: true } : {}) };
  } catch {
    return undefined;
  }
}

const machineOf = ({ disposable }: NonNullable<Owner["job"]>): { readonly machine?: true } => (disposable === true ? { machine: true } : {});

/**
 * Asks the CI host whether the job that holds a lease has ended: a job that was cancelled or killed then blocks nobody. A host that cannot be
 * asked, knows no such job, or is another than ours, proves nothing.
 */
export function ciProof(estate: Estate): ProofOfLife {
  return async ({ job, run }) => {
    if (job === undefined) return undefined;
    try {
      const [place, forge] = await Promise.all([forgePlaceOf(estate), forgeOf(estate)]);
      if (forge === undefined || place?.kind !== job.forge || place.repository !== job.repository) return undefined;
      const asked = { run: job.run, ...(job.job === undefined ? {} : { job: job.job }), ...(job.attempt === undefined ? {} : { attempt: job.attempt }) };
      const state = await forge.jobState(asked);
      if (state === "unknown") return undefined;
      if (state === "running") return { kind: "alive" };
      return { kind: "dead", how: `${forge.name} says that job ${job.job ?? ""} of ${job.run} has ended (run ${run})`, ...machineOf(job) };
    } catch {
      return undefined;
    }
  };
}
