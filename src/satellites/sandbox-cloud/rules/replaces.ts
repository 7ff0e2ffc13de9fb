import { isRelease } from "../answers/helm.ts";
import { kubernetesKind } from "../answers/kubernetes.ts";
import { kindOf } from "../answers/subject.ts";
import type { Path } from "../wire/special.ts";
import { awsReplacements, kubernetesReplacements, wholeReplacements } from "./known.ts";
import { covers, parsePath } from "./paths.ts";

/** known: a fact of that cloud; documented: the SDK's own text says so; guessed: the input looks like part of the object's identity. */
export type ReplaceRule = "known" | "documented" | "guessed";

const nameLike =
  /^(name|namePrefix|bucket|identifier|.*(Identifier|clusterName|repositoryName|functionName)|domainName|vpcId|subnetId|availabilityZone|cidrBlock|engine|region|accountId|location|zone)$/;

function knownPaths(type: string): readonly string[] | undefined {
  if (isRelease(type)) return ["name", "namespace"];
  if (type.startsWith("kubernetes:"))
    return ["metadata.name", "metadata.namespace", "metadata.generateName", "apiVersion", "kind", ...(kubernetesReplacements[kubernetesKind(type)] ?? [])];
  const { service, kind } = kindOf(type);
  const own = type.startsWith("aws:") ? awsReplacements[`${service === "alb" ? "lb" : service}:${kind}`] : undefined;
  // Since version 7 every aws resource may name its region, and none can be moved.
  return own === undefined ? undefined : [...own, "region"];
}

/** Why a change at this path makes a new object, or undefined when it is done in place. */
export function replaceRule(type: string, path: Path, documented: readonly string[] = []): ReplaceRule | undefined {
  const [pkg = ""] = type.split(":");
  const whole = wholeReplacements[pkg];
  if (whole !== undefined) return whole.includes(String(path[0])) ? undefined : "known";
  const known = knownPaths(type);
  if (known !== undefined) {
    // A whole object given anew also holds the members that cannot change.
    return known.some((rule) => covers(parsePath(rule), path) || covers(path, parsePath(rule))) ? "known" : undefined;
  }
  const key = String(path[0]);
  if (documented.includes(key)) return "documented";
  return path.length === 1 && nameLike.test(key) ? "guessed" : undefined;
}

/**
 * True when a replacement of this type because of this key (a property path, `a.b[0]`) is only guessed, so that it must be shown with "?".
 * Pure: replacements that the SDK's text documents count as guessed here too.
 */
export function isGuessedRule(type: string, key: string): boolean {
  const rule = replaceRule(type, parsePath(key));
  return rule === "guessed" || (rule === undefined && knownPaths(type) === undefined && wholeReplacements[type.split(":")[0] ?? ""] === undefined);
}
