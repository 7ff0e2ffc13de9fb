import { Problem } from "../../base/problem/index.ts";
import { driftRules, namedCommand, noDriftRules } from "./commands.ts";
import type { Environment, Organisation } from "./environment.ts";
import { identityBelow } from "./identity.ts";
import { parse } from "./issues.ts";
import { tightenApprovals, tightenChecks, tightenDestroy, tightenPolicies, tightenRequired, type Step } from "./levels.ts";
import { noticeTarget } from "./notices.ts";
import { organisationFile } from "./organisation.ts";
import type { Finding } from "./plain.ts";
import { refuse } from "./refuse.ts";
import { EnvironmentFile } from "./schema.ts";
import { duplicateStacks, stackDeclaration, unknownStacks } from "./stacks.ts";
import { namePattern, nameRule } from "./syntax.ts";
import { verifyCheck, verifyFindings } from "./verify.ts";

export function environmentFile(name: string): string {
  return `environments/${name}/environment.ts`;
}

type Secrets = Environment["secrets"];
type File = EnvironmentFile;

function secrets(file: File, findings: Finding[]): Secrets {
  if (file.secrets === undefined) {
    if (file.cloud === "real") {
      findings.push({
        path: "secrets",
        what: "secrets is missing, and the cloud is real",
        todo: 'Say where the passphrase comes from: secrets: { provider: "passphrase", from: { env: "NAME" } }.',
      });
    }
    return { provider: "passphrase", from: { sandbox: true } };
  }
  const { env, file: path, command } = file.secrets.from;
  if (env !== undefined) return { provider: "passphrase", from: { env } };
  if (path !== undefined) return { provider: "passphrase", from: { file: path } };
  return { provider: "passphrase", from: { command: command ?? ["false"] } };
}

function retired(file: File, findings: Finding[]): Environment["retire"] {
  for (const name of Object.keys(file.retire ?? {})) {
    if (!Object.hasOwn(file.stacks, name)) continue;
    findings.push({
      path: `retire.${name}`,
      what: `${name} is both declared in stacks and retired`,
      todo: "Remove it from stacks to retire it, or from retire to keep it.",
    });
  }
  return file.retire ?? {};
}

function hooks(file: File): Environment["hooks"] {
  return Object.fromEntries(Object.entries(file.hooks ?? {}).map(([name, hook]) => [name, namedCommand({ name, ...hook })]));
}

function rules(file: File, organisation: Organisation, step: Step): Pick<Environment, "approvals" | "verify" | "policies" | "guards" | "checks"> {
  const above = organisation.rules;
  return {
    approvals: tightenApprovals(above.approvals, file.approvals, step),
    verify: {
      required: tightenRequired(above.verify.required, file.verify?.required, step),
      checks: (file.verify?.checks ?? []).map((check) => verifyCheck(check, { settle: file.verify?.settle })),
    },
    policies: tightenPolicies(above.policies, file.policies, step),
    guards: { maxDestroy: tightenDestroy(above.guards.maxDestroy, file.guards?.maxDestroy, step) },
    checks: tightenChecks(above.checks, (file.checks ?? []).map(namedCommand), step),
  };
}

function parsed(name: string, raw: unknown): File {
  if (!namePattern.test(name)) {
    throw refuse("ENVIRONMENT_INVALID", `environments/${name}`, [
      { path: "", what: `"${name}" is no name of an environment: ${nameRule}`, todo: "Rename the folder." },
    ]);
  }
  const result = parse(EnvironmentFile, raw);
  if ("findings" in result) throw refuse("ENVIRONMENT_INVALID", environmentFile(name), result.findings);
  return result.value;
}

/**
 * What an environment file exports, checked against its schema and the rules of the organisation, with every default filled in, frozen.
 * Raises ENVIRONMENT_INVALID, STACK_UNKNOWN, STACK_DUPLICATE, each naming file, path (`stacks.shop.args.count`) and the nearest known key.
 */
export function resolveEnvironment(name: string, raw: unknown, organisation: Organisation): Environment {
  const file = parsed(name, raw);
  const findings: Finding[] = [];
  const ruled = rules(file, organisation, { upper: organisationFile, path: "", findings });
  const drift = driftRules(noDriftRules, file.drift);
  const stacks = Object.entries(file.stacks).map(([key, entry]) =>
    stackDeclaration(key, entry, { environment: name, approvals: ruled.approvals, guards: ruled.guards, drift, findings }),
  );
  const environment: Environment = {
    name,
    branch: file.branch ?? `env/${name}`,
    ...(file.url === undefined ? {} : { url: new URL(file.url).href }),
    cloud: file.cloud,
    backend: file.backend ?? organisation.backend,
    secrets: secrets(file, findings),
    stacks,
    retire: retired(file, findings),
    ...ruled,
    windows: file.windows ?? [],
    drift,
    notices: [...organisation.notices, ...(file.notices ?? []).map(noticeTarget)],
    hooks: hooks(file),
    preview: { refresh: "always", ...file.preview },
    apply: { whenChanged: "subset", parallel: 4, ...file.apply },
    engine: { programHost: organisation.engine.programHost, ...file.engine },
    identity: identityBelow(organisation.identity, file.identity, { upper: organisationFile, path: "", findings }),
    writeBack: file.writeBack ?? "pr",
  };
  const refused: Problem | undefined = firstRefusal(name, [
    ["ENVIRONMENT_INVALID", [...findings, ...verifyFindings(environment)]],
    ["STACK_UNKNOWN", unknownStacks(stacks)],
    ["STACK_DUPLICATE", duplicateStacks(stacks)],
  ]);
  if (refused !== undefined) throw refused;
  return deepFrozen(environment);
}

function firstRefusal(
  name: string,
  groups: readonly (readonly ["ENVIRONMENT_INVALID" | "STACK_UNKNOWN" | "STACK_DUPLICATE", readonly Finding[]])[],
): Problem | undefined {
  for (const [code, [first, ...rest]] of groups) {
    if (first !== undefined) return refuse(code, environmentFile(name), [first, ...rest]);
  }
  return undefined;
}

function deepFrozen<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const each of Object.values(value)) deepFrozen(each);
  }
  return value;
}

/** What `defineEnvironment` checks at once, before anything is known of the environment's name or organisation. */
export function checkEnvironmentFile(raw: unknown): void {
  const result = parse(EnvironmentFile, raw);
  if ("findings" in result) throw refuse("ENVIRONMENT_INVALID", "environment.ts", result.findings);
}
