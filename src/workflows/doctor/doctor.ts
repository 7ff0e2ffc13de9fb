import { aheadOfHost, type Forge } from "../../adapters/forges/index.ts";
import {
  About,
  branchFindings,
  clockFinding,
  environmentFindings,
  ledgerBranchFindings,
  machineFindings,
  ownersFindings,
  remoteFindings,
  tokenFindings,
  type Finding,
  type Looked,
  type RemoteFacts,
  type TokenFacts,
} from "../../domain/doctor/index.ts";
import { forgeOf, forgePlaceOf, type Estate } from "../estate/index.ts";
import { environmentFacts } from "./environment.ts";
import { look } from "./look.ts";
import { machineFacts } from "./machine.ts";
import { ownersFacts } from "./owners.ts";
import { declaredHere, examine, namesOf, type Declared, type Patient } from "./patients.ts";

export interface DoctorReport {
  readonly environments: readonly string[];
  readonly findings: readonly Finding[];
}

interface Clinic {
  readonly estate: Estate;
  readonly forge: Forge | undefined;
  readonly patients: readonly Patient[];
}

async function pushesOf({ estate, patients }: Clinic, commit: string): Promise<RemoteFacts["pushes"]> {
  const pushes: { branch: string; push: Looked<true> }[] = [];
  for (const { ledger } of patients) {
    const head = (await estate.repository.branch(ledger.branch)) ?? commit;
    pushes.push({ branch: ledger.branch, push: await look(ledger.branch, async () => (await estate.repository.tryPush(ledger.branch, head), true as const)) });
  }
  return pushes;
}

async function protectionFindings({ forge, patients }: Clinic): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  for (const { environment, ledger } of patients) {
    const seen = (branch: string) => (forge === undefined ? undefined : look(branch, () => forge.protection(branch)));
    found.push(...branchFindings({ environment, protection: await seen(environment.branch) }));
    found.push(...ledgerBranchFindings({ name: environment.name, branch: ledger.branch, protection: await seen(ledger.branch) }));
  }
  return found;
}

/** One CODEOWNERS per branch, however many environments live on it. */
async function codeOwnersFindings({ estate, forge, patients }: Clinic): Promise<readonly Finding[]> {
  const dialect = forge?.name ?? (await forgePlaceOf(estate))?.kind ?? "github";
  const found: Finding[] = [];
  for (const branch of new Set(patients.map(({ environment }) => environment.branch))) {
    const of = patients.filter(({ environment }) => environment.branch === branch);
    const askedBy = of.filter(({ environment }) => environment.approvals.codeOwners === true).map(({ environment }) => environment.name);
    const head = of[0]?.head;
    if (head !== undefined) found.push(...ownersFindings(await ownersFacts(estate, forge, { branch, head, askedBy, dialect })));
  }
  return found;
}

/** What trueup reads of a forge in every run. */
async function tokenFacts({ forge, patients }: Clinic): Promise<TokenFacts | undefined> {
  if (forge === undefined) return undefined;
  const commit = patients.find(({ head }) => head !== undefined)?.head;
  if (commit === undefined) return {};
  return { "pull requests": await look("the forge", async () => (await forge.pullRequests({ commit, state: "open" }), true as const)) };
}

async function clockFacts({ estate, patients }: Clinic): Promise<Finding> {
  const place = await forgePlaceOf(estate);
  const aheadMs = place === undefined ? undefined : await look("the forge", () => aheadOfHost(place));
  let ledgerAheadMs = 0;
  for (const { ledger } of patients) {
    const [newest] = await ledger.log(1);
    if (newest !== undefined) ledgerAheadMs = Math.max(ledgerAheadMs, Date.parse(newest.at) - estate.clock.now().getTime());
  }
  return clockFinding({ aheadMs, ledgerAheadMs });
}

async function patientsOf(
  estate: Estate,
  wanted: readonly string[],
  declared: Declared,
): Promise<{ readonly patients: readonly Patient[]; readonly broken: readonly Finding[] }> {
  const looked: (readonly [string, Looked<Patient>])[] = [];
  for (const name of await namesOf(estate, declared, wanted)) looked.push([name, await look(name, () => examine(estate, declared, name))]);
  return {
    patients: looked.flatMap(([, one]) => ("value" in one ? [one.value] : [])),
    broken: looked.flatMap(([name, one]) => ("problem" in one ? [new About("environment", name).broken(one.problem)] : [])),
  };
}

/**
 * Looks at everything that a run of these environments rests on, and changes nothing. What cannot be looked at is told and keeps nothing else
 * from being looked at. Raises ENVIRONMENT_UNKNOWN for a name that the clone's HEAD does not declare.
 */
export async function examineEstate(estate: Estate, wanted: readonly string[]): Promise<DoctorReport> {
  const fetch = await look("the git remote", async () => (await estate.repository.fetch(), true as const));
  const declared = await declaredHere(estate);
  const { patients, broken } = await patientsOf(estate, wanted, declared);
  const clinic: Clinic = { estate, forge: await forgeOf(estate), patients };
  const organisation = await look("trueup.config.ts", () => estate.programs.organisation(declared.tree));
  const versions = "value" in organisation ? organisation.value.engine.versions : "*";
  const findings: Finding[] = [
    ...machineFindings(await machineFacts(estate, patients[0]?.environment, versions)),
    await clockFacts(clinic),
    ...("problem" in organisation ? [new About("settings", "trueup.config.ts").broken(organisation.problem)] : []),
    ...remoteFindings({ fetch, pushes: "problem" in fetch ? [] : await pushesOf(clinic, declared.commit) }),
    ...tokenFindings(await tokenFacts(clinic)),
    ...broken,
    ...(await protectionFindings(clinic)),
    ...(await codeOwnersFindings(clinic)),
  ];
  for (const patient of patients) findings.push(...environmentFindings(await environmentFacts(estate, patient)));
  return { environments: patients.map(({ environment }) => environment.name), findings };
}
