import type { Problem } from "../../base/problem/index.ts";
import type { Deed } from "./errand.ts";
import type { Gauges } from "./grounds.ts";

/** Which errand an event belongs to. */
export interface About {
  readonly repository: string;
  readonly what: Deed;
  readonly on: string;
  readonly environment?: string;
  /** Names this try among all of all agents. */
  readonly job: string;
}

/** What cannot be asked: the repository as a whole, or its forge, or one environment alone. */
export interface Part {
  readonly repository: string;
  readonly environment?: string;
  readonly of: "repository" | "forge" | "environment";
}

/** All that an agent has to say. Logs and metrics are two readers of it. */
export type AgentEvent =
  | { readonly kind: "started"; readonly repositories: readonly string[]; readonly intervalMs: number }
  /** A look at one repository ended. `nextMs`: until the next one. */
  | { readonly kind: "looked"; readonly repository: string; readonly ms: number; readonly nextMs: number; readonly problem?: Problem }
  /** `nextMs`: until it is asked again. */
  | ({ readonly kind: "trouble"; readonly problem: Problem; readonly nextMs: number } & Part)
  | ({ readonly kind: "recovered" } & Part)
  | { readonly kind: "standing"; readonly repository: string; readonly environment: string; readonly gauges: Gauges }
  | ({ readonly kind: "begun" } & About)
  | ({ readonly kind: "step"; readonly text: string } & About)
  | ({ readonly kind: "ended"; readonly ms: number; readonly engineMs: number; readonly run?: string; readonly problem?: Problem } & About)
  | { readonly kind: "stopping" }
  | { readonly kind: "stopped" };

export type Tell = (event: AgentEvent) => void;
