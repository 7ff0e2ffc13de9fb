import { Problem } from "../../base/problem/index.ts";
import type { StackSite } from "../../adapters/engine/index.ts";
import { probe, type ProbeResult, type ProbeSite } from "../../adapters/probes/index.ts";
import { checkText, type Environment, type StackDeclaration, type VerifyCheck } from "../../domain/environments/index.ts";
import type { Estate, Sites } from "../estate/index.ts";
import type { Attempt } from "./stack-run.ts";

interface Ground {
  readonly environment: Environment;
  /** Of a stack that is there: where commands run, and whose credentials are asked with. */
  readonly site: StackSite;
  /** Of the environment's stacks, for outputs that checks name; left out: those of `site` alone can be read. */
  readonly sites?: Sites | undefined;
  readonly signal: AbortSignal;
}

/** An output of a stack as its state has it now. A check asks again and again: each state is read once for all of them. */
function outputsOf(estate: Estate, { environment, site, sites }: Ground): NonNullable<ProbeSite["output"]> {
  const known = new Map<string, Promise<Readonly<Record<string, unknown>>>>();
  const read = async (name: string): Promise<Readonly<Record<string, unknown>>> => {
    const declared = environment.stacks.find((stack) => stack.name === name);
    const there = name === site.stack ? site : declared === undefined ? undefined : await sites?.site(declared);
    return there === undefined ? {} : (await estate.engine(environment)).outputs(there);
  };
  return async (name, output) => {
    const outputs = known.get(name) ?? read(name);
    known.set(name, outputs);
    // What could not be read now may be at the next try.
    return (
      await outputs.catch((thrown: unknown) => {
        known.delete(name);
        throw thrown;
      })
    )[output];
  };
}

async function askAll(estate: Estate, ground: Ground, checks: readonly VerifyCheck[]): Promise<ProbeResult[]> {
  const { environment, site, signal } = ground;
  const sandboxConsole = await (await estate.engine(environment)).sandboxConsole();
  const place: ProbeSite = {
    directory: site.repositoryRoot,
    variables: { PATH: estate.machine.path, HOME: site.directory },
    credentials: site.variables,
    variable: (name) => estate.machine.variable(name),
    output: outputsOf(estate, ground),
    sandboxConsole,
    clock: estate.clock,
    signal,
  };
  return Promise.all(checks.map((check) => probe(check, place)));
}

/** Asks the stack's own checks whether it works. */
export async function verifyStack(estate: Estate, { stack, ...ground }: Ground & { readonly stack: StackDeclaration }): Promise<ProbeResult[]> {
  if (stack.verify.length === 0) return [];
  estate.observe({ kind: "stack", stack: stack.name, state: "verifying" });
  return askAll(estate, ground, stack.verify);
}

/** Asks the environment's checks whether everything works together. */
export async function verifyEnvironment(estate: Estate, ground: Ground): Promise<ProbeResult[]> {
  const { checks = [] } = ground.environment.verify;
  if (checks.length === 0) return [];
  estate.observe({ kind: "step", text: `verifying ${ground.environment.name} as a whole: ${checks.map(checkText).join(", ")}` });
  return askAll(estate, ground, checks);
}

/** The first check that does not hold; of the whole environment where no stack is named. */
export function verifyFailure({ environment, stack, commit }: Omit<Attempt, "stack"> & Partial<Attempt>, probes: readonly ProbeResult[]): Problem | undefined {
  const failed = probes.find((one) => !one.ok);
  if (failed === undefined) return undefined;
  return new Problem("VERIFY_FAILED", {
    what: `${checkText(failed.check)} says ${failed.answer} after ${failed.attempts} tries`,
    on: `${stack === undefined ? `environment ${environment}` : `${environment}.${stack}`} at ${commit.slice(0, 7)}`,
    todo: `It was applied but does not work. Mend it and push, or look again with: trueup apply ${environment}`,
  });
}
