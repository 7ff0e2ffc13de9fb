import { policyName, type PolicyFinding, type ResourceChange } from "../../changes/index.ts";
import { marks } from "../counts.ts";
import { amount } from "./amount.ts";
import { propertyLines, replaceRemark, shownPath } from "./property.ts";
import type { DiffLine } from "./text-diff.ts";
import { clipped, oneLine, visible } from "./visible.ts";

/** How much of one resource is shown. `name` is a line in a list, the others are diff blocks. */
export type Detail = "name" | "keys" | "full";

/** A block ends here, with what is left out said: one huge resource must not push all others out. */
const blockUnits = 6_000;

/** `aws:rds/instance:Instance` as people say it: `aws:rds/Instance`. */
export function shortType(type: string): string {
  const [pkg, module, name] = type.split(":");
  if (pkg === undefined || module === undefined || name === undefined) return type;
  const file = module.slice(module.lastIndexOf("/") + 1);
  if (module.includes("/") && file === name.charAt(0).toLowerCase() + name.slice(1)) return `${pkg}:${module.slice(0, -file.length)}${name}`;
  return type;
}

/** `aws:rds/Instance main`, visible, at most about 250 units. */
export function resourceName(resource: Pick<ResourceChange, "type" | "name">): string {
  return `${clipped(visible(shortType(resource.type.slice(0, 300))), 120)} ${clipped(visible(resource.name.slice(0, 300)), 120)}`;
}

/** True when nothing but a guess of the sandbox says that this is a replacement. */
export function isGuessed(change: ResourceChange): boolean {
  const forcing = change.properties.filter((property) => property.replaces || property.guessed);
  return change.operation === "replace" && forcing.length > 0 && forcing.every((property) => property.guessed);
}

/** `± replace`, or `± replace?` when it is guessed. */
export function operationText(change: ResourceChange): string {
  return `${marks[change.operation]} ${change.operation}${isGuessed(change) ? "?" : ""}`;
}

/** Its name, `stateful`, `protected`, the source line: what one should know before reading the diff. */
export function resourceFacts(change: ResourceChange): string {
  const parts = [
    resourceName(change),
    change.stateful ? "stateful" : "",
    change.protected ? "protected" : "",
    change.source === undefined ? "" : oneLine(change.source, 160),
  ];
  return parts.filter((part) => part !== "").join(" · ");
}

export function resourceTitle(change: ResourceChange): string {
  return `${operationText(change)} ${resourceFacts(change)}`;
}

function keyLine(change: ResourceChange): (property: ResourceChange["properties"][number]) => DiffLine[] {
  return (property) => {
    const mark = change.operation === "create" || change.operation === "import" ? "+" : change.operation === "delete" ? "-" : "!";
    return [{ mark, text: `${shownPath(property)}${replaceRemark(property)}` }];
  };
}

/** The body of one resource's diff block: changed keys only, marks at column 0, what is left out said at the end. */
export function resourceLines(change: ResourceChange, detail: "keys" | "full", policies: readonly PolicyFinding[]): DiffLine[] {
  const lines: DiffLine[] = [];
  let units = 0;
  for (const finding of policies.slice(0, 5)) {
    lines.push({ mark: "#", text: `${finding.level === "mandatory" ? "⛔" : "⚠️"} ${oneLine(`${policyName(finding)}: ${finding.message}`, 300)}` });
  }
  if (policies.length > 5) lines.push({ mark: "#", text: `… ${amount(policies.length - 5, "more policy finding")} left out` });
  const linesOf =
    detail === "keys" ? keyLine(change) : (property: ResourceChange["properties"][number]): DiffLine[] => propertyLines(property, change.operation);
  for (const [index, property] of change.properties.entries()) {
    const more = linesOf(property);
    units += more.reduce((sum, line) => sum + line.text.length + 2, 0);
    if (units > blockUnits && index > 0) {
      lines.push({ mark: "#", text: `… ${amount(change.properties.length - index, "more changed key")} left out` });
      break;
    }
    lines.push(...more);
  }
  if (detail === "keys" && change.properties.length > 0) lines.push({ mark: "#", text: "values left out" });
  return lines;
}
