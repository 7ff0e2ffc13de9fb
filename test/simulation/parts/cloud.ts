import type { Json } from "../../../src/domain/environments/index.ts";
import type { TellingCloud } from "../../../src/workflows/estate/cloud-list.ts";
import type { Random } from "./random.ts";
import type { Scheduler } from "./scheduler.ts";

export interface Thing {
  readonly id: string;
  readonly urn: string;
  readonly type: string;
  readonly createdAt: string;
  readonly properties: { readonly [key: string]: Json };
}

/** Who asks the cloud for something. */
export interface Writer {
  readonly name: string;
  /** Pulumi stack. */
  readonly stack: string;
  /** The fencing number of the run that started it. */
  readonly fencing: number;
  /** When its credentials were given, and until when they are good. */
  readonly credentialsUntilMs: number;
}

/** Who acts behind trueup's back. */
export const somebody = "somebody";

export interface Deed {
  readonly op: "create" | "update" | "delete";
  /** Whether the engine meant it to stand beside an older object of its urn. */
  readonly replaces: boolean;
  /** Of a creation: ids that the engine's state had under its urn. */
  readonly known?: readonly string[];
  readonly urn: string;
  readonly id: string;
  readonly writer: Writer;
  readonly beganMs: number;
  readonly endedMs: number;
}

interface Asked {
  readonly urn: string;
  readonly type: string;
  readonly properties: Thing["properties"];
}

/** Real accounts and the sandbox cloud differ in what they can tell and how long a request lives without the one who sent it. */
export interface Nature {
  readonly lists: boolean;
  readonly mostInFlightMs: number;
}

interface Request {
  readonly urn: string;
  readonly op: "create";
  readonly time: string;
  readonly phase: "begin" | "commit" | "fail";
  readonly operation: string;
}

export class CredentialsExpired extends Error {}

/** All objects and everything that was done to them. */
export class SimCloud {
  readonly things = new Map<string, Thing>();
  readonly deeds: Deed[] = [];
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly nature: Nature;
  now: () => Date = () => new Date(0);
  readonly #requests: Request[] = [];
  #serial = 0;

  constructor(nature: Nature, world: { readonly scheduler: Scheduler; readonly random: Random }) {
    this.nature = nature;
    this.#scheduler = world.scheduler;
    this.#random = world.random;
  }

  of(urn: string): readonly Thing[] {
    return [...this.things.values()].filter((thing) => thing.urn === urn);
  }

  /** The creations that it was asked for, as begun and ended. */
  requests(): readonly Request[] {
    return this.#requests;
  }

  /** What it says to whoever asks what it made. */
  telling(): TellingCloud {
    return {
      list: () => [...this.things.values()].map(({ id, urn, createdAt }) => ({ id, createdBy: urn, createdAt })),
      ledger: () => this.#requests,
    };
  }

  /**
   * One request. It takes effect in its own time, whatever becomes of who sent it; the promise is for whoever still waits. Raises CredentialsExpired
   * where it would have begun.
   */
  ask<Answer>(writer: Writer, effect: (endedMs: number) => Answer): Promise<Answer> {
    if (this.#scheduler.nowMs > writer.credentialsUntilMs) return Promise.reject(new CredentialsExpired("the credentials have expired"));
    return new Promise((done) =>
      this.#scheduler.later(this.#random.between(50, this.nature.mostInFlightMs), () => {
        done(effect(this.#scheduler.nowMs));
      }),
    );
  }

  create(writer: Writer, asked: Asked, facts: { readonly id: string | undefined } & Pick<Deed, "replaces" | "known">): Promise<Thing | "taken"> {
    const beganMs = this.#scheduler.nowMs;
    const operation = `create-${this.#requests.length}`;
    if (beganMs <= writer.credentialsUntilMs) this.#requests.push({ urn: asked.urn, op: "create", time: this.now().toISOString(), phase: "begin", operation });
    return this.ask(writer, (endedMs) => {
      const id = facts.id ?? `vpc-${(this.#serial += 1)}`;
      const isTaken = this.things.has(id);
      this.#requests.push({ urn: asked.urn, op: "create", time: this.now().toISOString(), phase: isTaken ? "fail" : "commit", operation });
      if (isTaken) return "taken";
      const thing = { ...asked, id, createdAt: this.now().toISOString() };
      this.things.set(id, thing);
      this.deeds.push({ op: "create", replaces: facts.replaces, known: facts.known ?? [], urn: asked.urn, id, writer, beganMs, endedMs });
      return thing;
    });
  }

  update(writer: Writer, id: string, asked: Asked): Promise<Thing | undefined> {
    const beganMs = this.#scheduler.nowMs;
    return this.ask(writer, (endedMs) => {
      const before = this.things.get(id);
      if (before === undefined) return undefined;
      const after = { ...before, properties: asked.properties };
      this.things.set(id, after);
      this.deeds.push({ op: "update", replaces: false, urn: asked.urn, id, writer, beganMs, endedMs });
      return after;
    });
  }

  /** What somebody does by hand: gone, or with another revision. */
  meddle({ id, urn, properties }: Thing, how: "gone" | "changed"): void {
    const atMs = this.#scheduler.nowMs;
    const about = { replaces: false, urn, id, writer: { name: somebody, stack: "", fencing: 0, credentialsUntilMs: 0 }, beganMs: atMs, endedMs: atMs };
    const before = this.things.get(id);
    if (before === undefined) return;
    if (how === "gone") this.things.delete(id);
    else this.things.set(id, { ...before, properties: { ...properties, revision: 900 } });
    this.deeds.push({ op: how === "gone" ? "delete" : "update", ...about });
  }

  /** An object that is gone already is no fault. */
  delete(writer: Writer, thing: Pick<Thing, "id" | "urn">): Promise<void> {
    const beganMs = this.#scheduler.nowMs;
    return this.ask(writer, (endedMs) => {
      if (!this.things.delete(thing.id)) return;
      this.deeds.push({ op: "delete", replaces: false, urn: thing.urn, id: thing.id, writer, beganMs, endedMs });
    });
  }
}
