import type { Json } from "../environments/index.ts";

/** One side of a property. Secrets never carry their value; both sides of a path are `secret` when either is. */
export type Shown = { readonly kind: "plain"; readonly value: Json } | { readonly kind: "secret" } | { readonly kind: "unknown" } | { readonly kind: "absent" };

/** `delete` leaves nothing of its urn; what goes while another object of its urn stays or is made is a `replace`. `read` touches nothing, and ends so too. */
export type Operation = "create" | "update" | "replace" | "delete" | "read" | "import";

/** Operations after which a urn has an id that it did not have before. */
export const making: ReadonlySet<string> = new Set<Operation>(["create", "replace", "import"]);

export interface PropertyChange {
  /** As the engine writes it: `tags.owner`, `ingress[0].fromPort`, `data["app.conf"]`. */
  readonly path: string;
  readonly before: Shown;
  readonly after: Shown;
  readonly replaces: boolean;
  /** The provider guessed that this replaces (sandbox cloud only): shown with "?". */
  readonly guessed: boolean;
}

export interface ResourceChange {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly operation: Operation;
  readonly properties: readonly PropertyChange[];
  readonly protected: boolean;
  readonly stateful: boolean;
  /** `path:line` in the repository where the program declares it, when the state carries it. */
  readonly source?: string;
  /** Of the object that a run has made: what a state that is lost is made anew from. */
  readonly id?: string;
  /** What the resource is from now on was there before (`import`). */
  readonly imported?: true;
  /** What goes leaves the state alone: its object stays in the cloud (`retainOnDelete`). */
  readonly retained?: true;
  /** Its provider could not be asked, because its own settings are not known yet: `replace` is the worst that it may come to. */
  readonly undiffed?: true;
}

export interface PolicyFinding {
  readonly pack: string;
  readonly policy: string;
  readonly level: "advisory" | "mandatory";
  readonly message: string;
  readonly urn?: string;
  /** Only the pack as it is live says so, not the one that the commit brings; left out for what the commit's own pack says. */
  readonly from?: "live";
}

/** A finding's policy as people are told it. */
export function policyName({ pack, policy, from }: PolicyFinding): string {
  return `${pack}/${policy}${from === "live" ? " (as it is live)" : ""}`;
}

export interface Diagnostic {
  readonly severity: "info" | "warning" | "error";
  readonly urn?: string;
  /** Scrubbed, without colour codes. */
  readonly message: string;
  /** `path:line` of the repository, when the message names one. */
  readonly source?: string;
}

/** Everything one engine run of one stack would do or did, in engine order. Resources without a change are only counted. */
export interface ChangeSet {
  /** The declared stack name (not the Pulumi one). */
  readonly stack: string;
  readonly resources: readonly ResourceChange[];
  readonly unchanged: number;
  readonly policies: readonly PolicyFinding[];
  readonly diagnostics: readonly Diagnostic[];
  /** Stack outputs whose value changes or becomes unknown: what downstream stacks may read differently. */
  readonly changedOutputs: readonly string[];
  /** Outputs that are masked on both sides and not among `changedOutputs`: the engine cannot tell whether they change. Left out when there are none. */
  readonly maskedOutputs?: readonly string[];
  /** Full Pulumi names of stacks it read outputs of. */
  readonly reads: readonly string[];
}

/**
 * How what is live differs from what was recorded. `output-only` is provider noise: no input differs. The last two are about a whole stack: a
 * live version that another live stack does not accept, and a stack that is declared nowhere.
 */
export type DriftKind = "changed" | "gone" | "output-only" | "undeclared-version" | "orphaned-stack";

export interface DriftFinding {
  readonly stack: string;
  /** The kind, where it is about a whole stack; the type is empty then. */
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly kind: DriftKind;
  /** `before` is what the state records, `after` what is live. Empty for `gone` and `orphaned-stack`. */
  readonly properties: readonly PropertyChange[];
  readonly protected: boolean;
  readonly stateful: boolean;
  /** Of an orphaned stack: how many live resources it has. */
  readonly resources?: number;
}
