import type { Decision } from "./decide.ts";

/** One thing that a dead run left behind, and what was done about it. */
export interface Told {
  readonly urn: string;
  readonly operation: string;
  readonly kind: string;
  readonly id?: string | undefined;
  readonly because: string;
}

const done: Readonly<Record<Decision["kind"] | "unlock" | "restore", (id: string) => string>> = {
  adopt: (id) => `taken into the state as ${id}`,
  drop: () => "forgotten",
  keep: () => "left as the state has it",
  remove: () => "taken out of the state",
  reread: () => "read anew",
  quarantine: () => "left to a person",
  unlock: () => "removed",
  restore: (id) => `put back from ${id}`,
};

/** `aws:ec2/vpc:Vpc main` */
function resourceName(urn: string): string {
  const [, , types = "", ...name] = urn.split("::");
  return `${types.split("$").at(-1) ?? ""} ${name.join("::")}`;
}

/** `creating aws:ec2/vpc:Vpc main: the cloud's list says that it made vpc-1 → taken into the state as vpc-1` */
export function recoveredWords({ urn, operation, kind, id = "", because }: Told): string {
  const what = kind === "unlock" ? `lock ${id}` : kind === "restore" ? "state" : `${operation} ${resourceName(urn)}`;
  return `${what}: ${because} → ${done[kind as keyof typeof done]?.(id) ?? kind}`;
}
