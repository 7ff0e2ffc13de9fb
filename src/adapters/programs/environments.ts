import { didYouMean, Problem } from "../../base/problem/index.ts";
import {
  environmentFile,
  organisationFile,
  resolveEnvironment,
  resolveOrganisation,
  type Environment,
  type Organisation,
} from "../../domain/environments/index.ts";
import type { Evaluations } from "./evaluations.ts";
import type { Sources } from "./modules/sources.ts";
import { refuseRepeatedKeys } from "./repeated-keys.ts";

/** Folders below environments/ that hold an environment: those with an environment.ts, or with files that only environments have. */
export function environmentNames(sources: Sources): readonly string[] {
  const names = new Set<string>();
  for (const path of sources.files.keys()) {
    const match = /^environments\/([^/]+)\/(environment\.ts|values\.json|[^/]+\.yaml)$/.exec(path);
    if (match?.[1] !== undefined) names.add(match[1]);
  }
  return [...names].sort();
}

export async function readOrganisation(sources: Sources, evaluations: Evaluations): Promise<Organisation> {
  return resolveOrganisation(sources.files.has(organisationFile) ? await evaluations.data(sources.tree, organisationFile) : undefined);
}

/** Raises ENVIRONMENT_UNKNOWN, and all that evaluating and resolving raise. */
export async function readEnvironment(sources: Sources, evaluations: Evaluations, name: string): Promise<Environment> {
  const file = environmentFile(name);
  if (!sources.files.has(file)) throw missing(sources, name);
  // Asked for in one turn, so that one child evaluates both.
  const [organisation, raw] = await Promise.all([
    readOrganisation(sources, evaluations),
    evaluations.data(sources.tree, file),
    sources.tree.read(file).then((text) => refuseRepeatedKeys(file, text?.toString("utf8") ?? "")),
  ]);
  return resolveEnvironment(name, raw, organisation);
}

function missing(sources: Sources, name: string): Problem {
  const at = `tree ${sources.tree.id.slice(0, 7)}`;
  if (sources.isFolder(`environments/${name}`)) {
    return new Problem("ENVIRONMENT_INVALID", {
      what: `environments/${name} has no environment.ts`,
      on: `environments/${name}, ${at}`,
      todo: `Add ${environmentFile(name)}, or remove the folder.`,
    });
  }
  const names = environmentNames(sources);
  const todo = `${didYouMean(name, names)} Known: ${names.join(", ") || "none; make environments/<name>/environment.ts"}`.trim();
  return new Problem("ENVIRONMENT_UNKNOWN", { what: `there is no environment "${name}"`, on: `environments/, ${at}`, todo });
}
