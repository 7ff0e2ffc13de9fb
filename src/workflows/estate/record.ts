import { join } from "node:path";
import type { Machine } from "../../base/process/index.ts";
import { readSignatures } from "../../adapters/git/index.ts";
import type { Organisation } from "../../domain/environments/index.ts";
import { openLedger, ownerOn, seenFileOf, type HistoryPlace, type Ledger } from "../ledger/index.ts";
import { jobOf } from "./ci-proof.ts";
import { mirrorOf, treeOf, type Estate } from "./estate.ts";
import { podOf } from "./pod-proof.ts";
import { proofsOf } from "./proofs.ts";

/** Who runs this: what CI says, what TRUEUP_ACTOR says, or the user. */
export function actorOf(machine: Pick<Machine, "variable">): string {
  return machine.variable("TRUEUP_ACTOR") ?? machine.variable("GITHUB_ACTOR") ?? machine.variable("GITLAB_USER_LOGIN") ?? machine.variable("USER") ?? "someone";
}

/** How the organisation keeps its ledgers, as the environment's own branch says, or `main` for one that has none yet. */
async function settingsOf(estate: Estate, environment: string): Promise<Organisation["ledger"]> {
  for (const branch of [`env/${environment}`, "main"]) {
    const head = await estate.repository.branch(branch);
    if (head !== undefined) return (await estate.programs.organisation(await treeOf(estate.repository, head))).ledger;
  }
  return { prefix: usualPrefix, signers: [] };
}

/** Where one environment's ledger is, for who reads it without trusting it, and who may sign in it. Fetch before. */
export async function ledgerPlace(estate: Estate, environment: string): Promise<HistoryPlace & { readonly signers: readonly string[] }> {
  const { prefix, signers } = await settingsOf(estate, environment);
  const branch = `${prefix.replace(/\/$/, "")}/${environment}`;
  return { repository: estate.repository, environment, branch, seenFile: seenFileOf(folderOf(estate), environment), signers };
}

/** What this machine remembers of ledgers. */
function folderOf({ work }: Estate): string {
  return join(work, "ledger");
}

const usualPrefix = "trueup/";

/** Environments that have a ledger, as last fetched, by the prefix that `main` says. */
export async function ledgerNames(estate: Estate): Promise<readonly string[]> {
  const main = await estate.repository.branch("main");
  const prefix = main === undefined ? usualPrefix : (await estate.programs.organisation(await treeOf(estate.repository, main))).ledger.prefix;
  const folder = prefix.endsWith("/") ? prefix : `${prefix}/`;
  return (await estate.repository.branches(folder)).map((branch) => branch.slice(folder.length)).filter((name) => !name.includes("/"));
}

/** The ledger of one environment, as seen from this clone. Fetch before: the prefix is read from the branches as they are known. */
export async function ledgerOf(estate: Estate, environment: string): Promise<Ledger> {
  const { machine, host } = estate;
  const job = jobOf(machine);
  const pod = await podOf(estate);
  const { prefix, signers } = await settingsOf(estate, environment);
  return openLedger({
    repository: estate.repository,
    prefix: prefix.replace(/\/$/, ""),
    environment,
    ...(signers.length === 0 ? {} : { signatures: (shas) => readSignatures({ mirror: mirrorOf(estate.work), machine }, shas, signers) }),
    owner: ownerOn(host, { host: machine.host, who: actorOf(machine), ...(job === undefined ? {} : { job }), ...(pod === undefined ? {} : { pod }) }),
    clock: estate.clock,
    directory: folderOf(estate),
    proofs: proofsOf(estate),
    host,
  });
}
