import { runChild } from "../../base/process/index.ts";
import type { MachineFacts } from "../../domain/doctor/index.ts";
import type { Environment } from "../../domain/environments/index.ts";
import type { Estate } from "../estate/index.ts";
import { look } from "./look.ts";

async function bubblewrap({ machine }: Estate): Promise<string | undefined> {
  try {
    const said = await runChild(["bwrap", "--version"], { cwd: machine.tmp, env: { PATH: machine.path }, deadlineMs: 10_000, outputCap: 1000 });
    return said.exitCode === 0 ? said.stdout.trim() : undefined;
  } catch {
    return undefined;
  }
}

/** `of`: one of the environments, for whose cloud the engine is opened. */
export async function machineFacts(estate: Estate, of: Environment | undefined, engineVersions: string): Promise<MachineFacts> {
  const any = { cloud: "sandbox", engine: { programHost: "auto" } } as const;
  return {
    node: process.versions.node,
    engine: await look("this machine", async () => (await estate.engine(of ?? any)).version()),
    engineVersions,
    bubblewrap: await bubblewrap(estate),
  };
}
