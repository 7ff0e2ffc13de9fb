import { asProblem } from "../../base/problem/index.ts";
import type { Forge } from "../../adapters/forges/index.ts";
import { protectionSteps, wantedOf, wantedOfLedger, type BootstrapStep } from "../../domain/doctor/index.ts";
import { actorOf, forgeOf, treeOf, type Estate } from "../estate/index.ts";
import { writePipelines, type PipelineHost } from "../pipelines/index.ts";
import { writeAgentStack } from "./agent-stack.ts";
import { look } from "./look.ts";
import { findPatient, type Patient } from "./patients.ts";

export interface BootstrapRequest {
  readonly environments: readonly string[];
  /** Write the pipelines of this host; or an agent will run it; or neither. */
  readonly runBy: { readonly ci: PipelineHost; readonly source: string | undefined } | { readonly agent: true } | undefined;
  readonly dryRun: boolean;
}

interface Work {
  readonly estate: Estate;
  readonly forge: Forge | undefined;
  readonly dryRun: boolean;
}

const short = (commit: string): string => commit.slice(0, 7);

function failed(step: BootstrapStep["step"], on: string, thrown: unknown): BootstrapStep {
  const { what, todo } = asProblem(thrown, on);
  return { step, on, state: "left", says: what, todo, failed: true };
}

/** Made from the head of the remote's first branch, which must declare the environment. */
async function makeBranch({ estate, dryRun }: Work, { environment, head }: Patient): Promise<BootstrapStep> {
  const { name, branch } = environment;
  const about = { step: "branch", on: branch } as const;
  if (head !== undefined) return { ...about, state: "there", says: `at ${short(head)}` };
  const from = await estate.repository.defaultBranch();
  const commit = from === undefined ? undefined : await estate.repository.branch(from);
  if (from === undefined || commit === undefined) {
    return {
      ...about,
      state: "left",
      says: "the remote has no first branch to make it from",
      todo: `Push one: git push origin HEAD:refs/heads/${branch}`,
      failed: true,
    };
  }
  if (!(await estate.programs.environments(await treeOf(estate.repository, commit))).includes(name)) {
    return {
      ...about,
      state: "left",
      says: `${from} at ${short(commit)} does not declare ${name}`,
      todo: `Merge environments/${name}/ into ${from} first.`,
      failed: true,
    };
  }
  if (dryRun) return { ...about, state: "would", says: `make it from ${from} at ${short(commit)}` };
  const outcome = await estate.repository.moveRef(branch, undefined, commit);
  await estate.repository.fetch();
  return outcome.kind === "moved"
    ? { ...about, state: "done", says: `made from ${from} at ${short(commit)}` }
    : { ...about, state: "there", says: "somebody else made it meanwhile" };
}

/** Begun by us, so that nobody else can begin it with a history of their own. */
async function beginLedger({ estate, dryRun }: Work, { environment, ledger }: Patient): Promise<BootstrapStep> {
  const { name } = environment;
  const about = { step: "ledger", on: ledger.branch } as const;
  const there = await ledger.read({ fetch: false });
  if (there !== undefined) return { ...about, state: "there", says: `${there.environment.sequence} entries` };
  if (dryRun) return { ...about, state: "would", says: "begin it with an empty record" };
  const made = await ledger.record((current) =>
    current.sequence > 0 ? undefined : { next: current, sentence: `${name}: ${actorOf(estate.machine)} begins the ledger`, trailers: { Kind: "bootstrap" } },
  );
  return made === undefined
    ? { ...about, state: "there", says: "somebody else began it meanwhile" }
    : { ...about, state: "done", says: "begun, with an empty record" };
}

async function protect({ forge, dryRun }: Work, { environment, ledger }: Patient): Promise<readonly BootstrapStep[]> {
  const steps: BootstrapStep[] = [];
  for (const of of [
    { branch: environment.branch, wanted: wantedOf(environment) },
    { branch: ledger.branch, wanted: wantedOfLedger, ledger: ledger.branch },
  ]) {
    const { branch, wanted, ...kind } = of;
    const before = forge === undefined ? undefined : await look(branch, () => forge.protection(branch));
    const isAsked = forge !== undefined && before !== undefined && "value" in before && before.value.exists && !dryRun;
    const after = isAsked ? await look(branch, () => forge.protection(branch, wanted)) : undefined;
    steps.push(...protectionSteps({ environment, ...kind, before, after }));
  }
  return steps;
}

async function pipelines(
  { estate, dryRun }: Work,
  { ci, source }: { readonly ci: PipelineHost; readonly source: string | undefined },
): Promise<readonly BootstrapStep[]> {
  const written = await writePipelines(estate, { host: ci, source, force: false, dryRun });
  const files = written.files.map(({ path, state }): BootstrapStep => {
    const about = { step: "ci", on: path } as const;
    if (state !== "written") return { ...about, state: "there", says: state === "unchanged" ? "as it should be" : "a person's own: left alone" };
    return dryRun ? { ...about, state: "would", says: "write it" } : { ...about, state: "done", says: "written into this clone: commit it, and merge it" };
  });
  return [...files, ...written.todo.map((todo): BootstrapStep => ({ step: "ci", on: ci, state: "left", says: "only a person can", todo }))];
}

/** The stack is for a cluster; where there is none, an agent is a unit or a container (docs/agent.md). */
async function agent(work: Work, environments: readonly string[]): Promise<readonly BootstrapStep[]> {
  const stack = await writeAgentStack(work.estate, { environments, dryRun: work.dryRun }).catch((thrown: unknown) => [failed("agent", "stacks/agent", thrown)]);
  const command = `trueup agent --env ${environments.join(" ")}`;
  return [
    ...stack,
    {
      step: "agent",
      on: environments.join(", "),
      state: "left",
      says: "an agent runs where its credentials are, and is not started from here",
      todo: `As a stack: trueup apply ${environments[0] ?? ""}, once, from where it may; it then looks after itself. Elsewhere start it there: ${command}`,
    },
  ];
}

async function runner(work: Work, { environments, runBy }: BootstrapRequest): Promise<readonly BootstrapStep[]> {
  if (runBy === undefined)
    return [{ step: "ci", on: "this clone", state: "left", says: "nothing is set up to run it", todo: "Say --ci github, --ci gitlab or --agent." }];
  if ("ci" in runBy) return pipelines(work, runBy).catch((thrown: unknown) => [failed("ci", runBy.ci, thrown)]);
  return agent(work, environments);
}

async function bootstrapOne(work: Work, name: string): Promise<readonly BootstrapStep[]> {
  const find = (): Promise<Patient> => findPatient(work.estate, name);
  const patient = await find();
  const branch = await makeBranch(work, patient).catch((thrown: unknown) => failed("branch", patient.environment.branch, thrown));
  if (branch.failed === true) return [branch];
  // What is declared on the branch now is what holds, and says where the ledger is.
  const made = branch.state === "done" ? await find() : patient;
  const ledger = await beginLedger(work, made).catch((thrown: unknown) => failed("ledger", made.ledger.branch, thrown));
  return [branch, ledger, ...(await protect(work, made))];
}

/**
 * Makes what is missing for these environments to be run: branches, ledger, protection, pipelines. Each step looks first and does nothing where
 * there is nothing to do; one that fails is told and keeps no other environment from its own. Raises ENVIRONMENT_UNKNOWN, REMOTE_UNREACHABLE.
 */
export async function bootstrapEstate(estate: Estate, request: BootstrapRequest): Promise<readonly BootstrapStep[]> {
  await estate.repository.fetch();
  const work: Work = { estate, forge: await forgeOf(estate), dryRun: request.dryRun };
  const steps: BootstrapStep[] = [];
  for (const name of request.environments) steps.push(...(await bootstrapOne(work, name)));
  return [...steps, ...(await runner(work, request))];
}
