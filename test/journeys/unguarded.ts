import type { Engine, EngineOutcome, StackSite } from "../../src/adapters/engine/index.ts";
import { prepareSites, readRevision } from "../../src/workflows/estate/index.ts";
import type { Home } from "./estate.ts";

interface Unguarded {
  readonly engine: Engine;
  readonly site: StackSite;
}

/** The engine and the place of one stack as the branch has it now, as a runner has them that lacks what stands before them. */
async function unguarded(home: Home, name: string): Promise<Unguarded> {
  const estate = await home.open();
  await estate.repository.fetch();
  const revision = await readRevision(estate, await estate.repository.resolve("env/dev"), "dev");
  const stack = revision.environment.stacks.find((one) => one.name === name);
  if (stack === undefined) throw new Error(`${name} is not declared`);
  const sites = await prepareSites(estate, revision, [stack]);
  return { engine: await estate.engine(revision.environment), site: await sites.site(stack) };
}

/** Brings one stack to what the branch says, with nothing asked. */
export async function upUnguarded(home: Home, name: string): Promise<EngineOutcome["result"]> {
  const { engine, site } = await unguarded(home, name);
  return (await engine.up(site, { refresh: true, deadlineMs: 120_000 })).result;
}
