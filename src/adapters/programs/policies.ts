import { digestOf } from "../../base/json/index.ts";
import type { Environment } from "../../domain/environments/index.ts";
import { policyFiles } from "./closures.ts";
import type { Sources } from "./modules/sources.ts";
import type { PolicySet } from "./port.ts";
import type { Preparations } from "./prepare.ts";

/** The packs alone, without any program that they judge: an environment may have rules before it has a stack. */
export async function readPolicies(sources: Sources, environment: Environment, preparations: Preparations): Promise<PolicySet> {
  const { packs } = environment.policies;
  const { files, packages, unresolved } = await policyFiles(sources, packs);
  const prepare = async (): ReturnType<PolicySet["prepare"]> => {
    const alone = { stack: "", files: {}, packages, declaration: "", policies: files, unresolved, importedBy: {} };
    const prepared = (await preparations.prepare(sources, environment, [alone])).get("");
    return { root: prepared?.repositoryRoot ?? "", packs: prepared?.policyPacks ?? [] };
  };
  return { digest: digestOf({ packs, files, packages }), prepare };
}
