import type { EngineLock } from "../../../src/adapters/engine/index.ts";
import type { Json } from "../../../src/domain/environments/index.ts";
import type { Writer } from "./cloud.ts";
import { rootType } from "./model.ts";

export interface Resource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly inputs: { readonly [key: string]: Json };
  readonly outputs?: { readonly [key: string]: Json };
  /** It was made, or changed, and did not become ready: the next run tries again, and a reading that finds it well says so. */
  readonly isHalf?: boolean;
  /** It was replaced and is to be deleted. */
  readonly delete?: boolean;
  /** It was deleted so that another one can take its place, which is not there yet. */
  readonly pendingReplacement?: boolean;
  /** When its engine made it, by that host's clock. */
  readonly created?: string;
}

export interface Pending {
  readonly type: "creating" | "updating" | "deleting";
  readonly resource: Resource;
}

export interface State {
  readonly resources: readonly Resource[];
  readonly pending: readonly Pending[];
}

/** Resources whose objects were not deleted for others. */
export const objectsIn = ({ resources }: State): readonly Resource[] => resources.filter((one) => one.pendingReplacement !== true);

export class BackendAway extends Error {}

export interface Write {
  readonly stack: string;
  readonly writer: Writer;
  readonly atMs: number;
}

/** Where the engines keep states and locks. */
export class SimBackend {
  /** Whether locks can be listed, as in a folder. */
  readonly listable: boolean;
  readonly states = new Map<string, State>();
  readonly locks = new Map<string, EngineLock & { readonly stack: string }>();
  readonly writes: Write[] = [];
  isAway = false;
  readonly #raw = new WeakMap<State, string>();
  readonly #nowMs: () => number;
  #serial = 0;

  constructor(listable: boolean, nowMs: () => number) {
    this.listable = listable;
    this.#nowMs = nowMs;
  }

  /** As `stack export` writes it. */
  raw(state: State): string {
    const known = this.#raw.get(state);
    if (known !== undefined) return known;
    const { pending } = state;
    const resources = state.resources.map((one) => ({ ...one, custom: one.type !== rootType }));
    const text = JSON.stringify({ version: 3, deployment: { resources, ...(pending.length === 0 ? {} : { pending_operations: pending }) } });
    this.#raw.set(state, text);
    return text;
  }

  /** Raises BackendAway, also for whoever has no credentials any more. */
  write(writer: Writer, state: State): void {
    if (this.isAway || this.#nowMs() > writer.credentialsUntilMs) throw new BackendAway("the backend cannot be written");
    this.states.set(writer.stack, state);
    this.writes.push({ stack: writer.stack, writer, atMs: this.#nowMs() });
  }

  lock(stack: string, by: Omit<EngineLock, "name">): string {
    if (this.isAway) throw new BackendAway("the backend cannot be written");
    this.#serial += 1;
    const name = `lock-${this.#serial}.json`;
    this.locks.set(name, { name, stack, ...by });
    return name;
  }

  unlock(name: string): void {
    if (this.isAway) throw new BackendAway("the backend cannot be written");
    this.locks.delete(name);
  }

  locksOf(stack: string): readonly (EngineLock & { readonly stack: string })[] {
    return [...this.locks.values()].filter((lock) => lock.stack === stack);
  }
}

export function stateFrom(raw: string): State {
  const { deployment } = JSON.parse(raw) as { deployment: { resources?: readonly Resource[]; pending_operations?: readonly Pending[] } };
  return { resources: deployment.resources ?? [], pending: deployment.pending_operations ?? [] };
}
