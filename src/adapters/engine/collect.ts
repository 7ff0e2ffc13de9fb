import { engineEvent, type EngineEvent, type StepMetadata } from "./event.ts";
import type { EngineProgress, Overdue } from "./port.ts";

/** More than this of program output and policy text of one run is counted, not kept: a program may print a gigabyte. */
const mostMessages = 2_000;
const longestMessage = 16 * 1024;
const mostMessageText = 2 * 1024 * 1024;

export interface Step {
  readonly phase: "started" | "done" | "failed";
  /** Of one that failed: the object is there, and in the state, and did not become ready. */
  readonly isHalf?: boolean;
  readonly planning: boolean;
  readonly metadata: StepMetadata;
}

export interface RawDiagnostic {
  readonly severity: string;
  readonly urn: string | undefined;
  readonly message: string;
}

export type RawPolicy = NonNullable<EngineEvent["policyEvent"]>;

/** Everything kept of one run's events. */
export interface Collected {
  readonly steps: readonly Step[];
  readonly diagnostics: readonly RawDiagnostic[];
  readonly policies: readonly RawPolicy[];
  readonly result: string | undefined;
  readonly leftOut: number;
  /** Urns of what a preview could not hold against what is there. */
  readonly undiffed: ReadonlySet<string>;
  /** Why the stream is not whole, in words; undefined when it is. */
  readonly lost: string | undefined;
}

export interface CollectorOptions {
  readonly stack: string;
  /** Whether the stack's program runs at all: a refresh and a destroy do without. */
  readonly runsProgram: boolean;
  readonly onProgress?: ((progress: EngineProgress) => void) | undefined;
  /** Only for controls in tests: debug diagnostics hold raw secrets (engine's leak 1) and are dropped at this door. */
  readonly keepDebug?: boolean | undefined;
}

/** The engine's words where a provider's own settings are not known yet: it calls that an update, whatever the provider would say later. */
const cannotDiff = "has inputs that are not known during preview";

/** The engine's word for what was done and did not become ready. */
const partialFailure = 1;

const making: ReadonlySet<string> = new Set(["create", "create-replacement"]);

function begunOf({ op, type, provider, new: made }: StepMetadata): Pick<EngineProgress, "begun"> {
  if (!making.has(op) || provider === undefined || provider === "") return {};
  const parent = made?.parent;
  return { begun: { type, provider, ...(parent === undefined || parent === "" ? {} : { parent }) } };
}

/** Takes the JSON text of one event after the other while the run goes on, and notices when one is missing. */
export class Collector {
  readonly #options: CollectorOptions;
  readonly #steps: Step[] = [];
  readonly #diagnostics: RawDiagnostic[] = [];
  readonly #policies: RawPolicy[] = [];
  readonly #undiffed = new Set<string>();
  #kept = 0;
  #leftOut = 0;
  #next = 0;
  #ended = false;
  #lost: string | undefined;
  #result: string | undefined;

  constructor(options: CollectorOptions) {
    this.#options = options;
  }

  take(json: string): void {
    let parsed: EngineEvent;
    try {
      parsed = engineEvent.parse(JSON.parse(json));
    } catch (error) {
      // The text itself may hold a secret: only the reader's words about its shape are kept.
      this.#lost ??= `event ${this.#next} has an unknown shape (${error instanceof SyntaxError ? "not JSON" : "wrong fields"})`;
      this.#next++;
      return;
    }
    if (parsed.sequence !== this.#next) this.#lost ??= `event ${this.#next} is missing (the next one was ${parsed.sequence})`;
    if (this.#ended) this.#lost ??= "an event came after the end";
    this.#next = parsed.sequence + 1;
    this.#sort(parsed);
  }

  #sort(event: EngineEvent): void {
    if (event.resourcePreEvent !== undefined) this.#step("started", event.resourcePreEvent);
    else if (event.resOutputsEvent !== undefined) this.#step("done", event.resOutputsEvent);
    else if (event.resOpFailedEvent !== undefined) this.#step("failed", event.resOpFailedEvent, event.resOpFailedEvent.status === partialFailure);
    else if (event.diagnosticEvent !== undefined) this.#diagnostic(event.diagnosticEvent);
    else if (event.policyEvent !== undefined) this.#policy(event.policyEvent);
    else if (event.summaryEvent !== undefined) this.#result = event.summaryEvent.result;
    else if ("cancelEvent" in event) this.#ended = true;
  }

  #step(phase: Step["phase"], event: NonNullable<EngineEvent["resourcePreEvent"]>, isHalf = false): void {
    this.#steps.push({ phase, ...(isHalf ? { isHalf } : {}), planning: event.planning ?? false, metadata: event.metadata });
    const { op, urn, new: made } = event.metadata;
    if (op === "same") return;
    const id = phase === "done" && made?.id !== undefined && made.id !== "" ? { id: made.id } : {};
    this.#options.onProgress?.({ stack: this.#options.stack, urn, operation: op, phase, ...id, ...begunOf(event.metadata) });
  }

  #diagnostic(event: NonNullable<EngineEvent["diagnosticEvent"]>): void {
    if (event.severity === "debug" && this.#options.keepDebug !== true) return;
    // Guards go by it: it counts also where a program said so much that nothing more is kept.
    if (event.severity === "warning" && event.urn !== undefined && event.message.includes(cannotDiff)) this.#undiffed.add(event.urn);
    const isError = event.severity === "error";
    if (!isError && !this.#room(event.message.length)) return;
    // Errors are few and must be there even after a flood of output, but they are bounded too.
    if (isError && this.#diagnostics.length > 2 * mostMessages) return;
    this.#diagnostics.push({ severity: event.severity, urn: event.urn, message: event.message.slice(0, longestMessage) });
  }

  #policy(event: RawPolicy): void {
    if (event.enforcementLevel === "mandatory" || this.#room(event.message.length)) this.#policies.push(event);
  }

  #room(length: number): boolean {
    if (this.#diagnostics.length >= mostMessages || this.#kept > mostMessageText) {
      this.#leftOut++;
      return false;
    }
    this.#kept += Math.min(length, longestMessage);
    return true;
  }

  /** What has begun and not ended up to now, as the engine told it. Components are the program's own, and end with it. */
  underWay(): Omit<Overdue, "deadlineMs"> {
    const open = new Map<string, StepMetadata>();
    for (const { phase, metadata } of this.#steps) {
      const isCustom = (metadata.new ?? metadata.old)?.custom === true;
      if (phase === "started" && isCustom) open.set(metadata.urn, metadata);
      else open.delete(metadata.urn);
    }
    // The host declares the stack itself before it loads the program; the engine sums up when program and operations have ended.
    const isStarted = this.#steps.some(({ metadata }) => metadata.type === "pulumi:pulumi:Stack");
    return {
      operations: [...open.values()].map(({ urn, op }) => ({ urn, operation: op })),
      program: this.#options.runsProgram && isStarted && this.#result === undefined,
    };
  }

  /** What came. `opened` is the number of streams that the engine opened: exactly one is right. */
  end(opened: number): Collected {
    let lost = this.#lost;
    if (opened === 0) lost = "the engine opened no event stream";
    else if (opened > 1) lost ??= `the engine opened ${opened} event streams`;
    else if (!this.#ended) lost ??= `the stream ended after event ${this.#next - 1} without its end mark`;
    const told = { steps: this.#steps, diagnostics: this.#diagnostics, policies: this.#policies, undiffed: this.#undiffed };
    return { ...told, result: this.#result, leftOut: this.#leftOut, lost };
  }
}
