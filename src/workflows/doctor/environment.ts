import { Problem } from "../../base/problem/index.ts";
import { publicAddress } from "../../base/secret/index.ts";
import type { EnvironmentFacts, Looked } from "../../domain/doctor/index.ts";
import type { Environment } from "../../domain/environments/index.ts";
import { openPassphrase, prepareSites, readRevision, type Estate } from "../estate/index.ts";
import type { EnvironmentRecord } from "../ledger/index.ts";
import { leaseFacts } from "./holder.ts";
import { look } from "./look.ts";

export interface Examined {
  readonly environment: Environment;
  /** Where it is read from: the head of its branch, or the clone's HEAD where there is none. */
  readonly commit: string;
  readonly record: Looked<EnvironmentRecord | undefined>;
}

type StateFacts = EnvironmentFacts["state"];

/** Reads one stack of the environment as an apply would: one that is there, so that the passphrase must open something. */
async function readState(estate: Estate, { environment, commit, record }: Examined): Promise<Extract<StateFacts, { value: unknown }>["value"]> {
  const recorded = "value" in record ? Object.entries(record.value?.stacks ?? {}) : [];
  const live = new Set(recorded.filter(([, { result }]) => result !== "never" && result !== "destroyed").map(([name]) => name));
  const stack = environment.stacks.find(({ name }) => live.has(name)) ?? environment.stacks[0];
  if (stack === undefined) throw new Problem("CONFIG_INVALID", { what: "it declares no stack", on: environment.name, todo: "Declare one." });
  const revision = await readRevision(estate, commit, environment.name);
  const site = await (await prepareSites(estate, revision, [stack])).site(stack);
  const engine = await estate.engine(environment);
  const { exists } = await engine.exportState(site);
  // Only what shows the secrets needs the passphrase.
  if (exists) await engine.outputs(site);
  return { backend: publicAddress(site.backend), stack: stack.name, exists, isLive: live.has(stack.name) };
}

export async function environmentFacts(estate: Estate, examined: Examined): Promise<EnvironmentFacts> {
  const { environment, record } = examined;
  const { name } = environment;
  const passphrase = await look(name, async () => (await openPassphrase(environment, estate.machine, estate.root), true as const));
  return {
    name,
    passphrase,
    state: "problem" in passphrase ? passphrase : await look(name, () => readState(estate, examined)),
    lease: "problem" in record ? record : await look(name, () => leaseFacts(estate, record.value?.lease)),
  };
}
