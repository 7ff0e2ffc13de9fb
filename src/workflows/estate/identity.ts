import { Problem } from "../../base/problem/index.ts";
import type { Machine } from "../../base/process/index.ts";
import { assumeRole } from "../../adapters/identity/index.ts";
import type { Credentials, Environment } from "../../domain/environments/index.ts";

type Variables = Readonly<Record<string, string>>;

const passedToClouds = /^(AWS_|KUBECONFIG$|GOOGLE_|AZURE_|ARM_|PULUMI_ACCESS_TOKEN$|SSL_CERT_|HTTPS?_PROXY$|NO_PROXY$)/;
/** A role's credentials live for an hour; a run asks again in good time. */
const freshMs = 30 * 60_000;

/** Which identity this process was started with: pipelines say it of every job. Raises CONFIG_INVALID. */
export function jobIdentity(machine: Pick<Machine, "variable">): "preview" | "apply" | undefined {
  const told = machine.variable("TRUEUP_IDENTITY");
  if (told === undefined || told === "") return undefined;
  if (told === "preview" || told === "apply") return told;
  throw new Problem("CONFIG_INVALID", {
    what: `there is no identity "${told}"`,
    on: "the variable TRUEUP_IDENTITY",
    todo: 'Set it to "preview" or "apply", or not at all.',
  });
}

/** What acts must not be done where code of pull requests is previewed. Raises IDENTITY_REFUSED. */
export function refuseActing(machine: Pick<Machine, "variable">, environment: string): void {
  if (jobIdentity(machine) !== "preview") return;
  throw new Problem("IDENTITY_REFUSED", {
    what: "this process was started to preview (TRUEUP_IDENTITY=preview): it changes nothing",
    on: `environment ${environment}`,
    todo: "Run it in a job with the apply identity: trueup init --ci writes one.",
  });
}

/** What the process itself was given for clouds, for an environment that is on one; and for a backend that is somewhere else. */
export function ambientVariables(machine: Pick<Machine, "variables">, { cloud, backend }: Pick<Environment, "cloud" | "backend">): Variables {
  return cloud === "real" || !backend.startsWith("file://") ? machine.variables(passedToClouds) : {};
}

/** Variables for one kind of credentials. Raises IDENTITY_REFUSED. */
export async function variablesAs(as: Credentials, given: Variables, at: { readonly environment: string; readonly session: string }): Promise<Variables> {
  if (as === "none") return {};
  if (as === "ambient") return given;
  return assumeRole(given, { role: as.role, session: `trueup-${at.session}`, on: `environment ${at.environment}, identity` });
}

/**
 * The variables of runs whose code is on its branch: those of the environment's own identity, sandbox environments none, so that they cannot reach a
 * cloud. Asked for before each stack: a role's are renewed while a long run goes on.
 */
export function keptVariables(machine: Pick<Machine, "variable" | "variables">, environment: Environment, now: () => number): () => Promise<Variables> {
  const { name, identity, cloud } = environment;
  const kind = jobIdentity(machine) ?? "apply";
  const { as } = identity[kind];
  let kept: { readonly since: number; readonly variables: Promise<Variables> } | undefined;
  return () => {
    const given = ambientVariables(machine, environment);
    if (cloud !== "real") return Promise.resolve(given);
    if (kept !== undefined && now() - kept.since < freshMs) return kept.variables;
    const variables = variablesAs(as, given, { environment: name, session: kind });
    kept = { since: now(), variables };
    return variables;
  };
}
