import { isRelease } from "../answers/helm.ts";
import { open } from "../wire/special.ts";
import type { JsonObject } from "../wire/json.ts";
import { autonamed, autonamedKubernetes } from "./autoname.ts";
import { awsFailures } from "./aws.ts";
import { withDocumentTexts } from "./document.ts";
import type { CheckFacts, Failure } from "./failure.ts";
import { kubernetesFailures } from "./kubernetes.ts";
import { shapeFailures } from "./shape.ts";

/** The inputs as the cloud will take them, wrappers kept, and everything that is wrong with them. */
export function checkInputs(facts: CheckFacts): { readonly inputs: JsonObject; readonly failures: readonly Failure[] } {
  const [pkg] = facts.type.split(":");
  const given = pkg === "kubernetes" && !isRelease(facts.type) ? autonamedKubernetes(facts) : autonamed(facts);
  const inputs = pkg === "aws" ? withDocumentTexts(facts, given) : given;
  const named = { ...facts, inputs: open(inputs).plain };
  const own = isRelease(facts.type) ? [] : pkg === "kubernetes" ? kubernetesFailures(named) : pkg === "aws" ? awsFailures(named) : [];
  return { inputs, failures: [...shapeFailures(named), ...own] };
}
