import type { Problem } from "../../base/problem/index.ts";
import type { About, AgentEvent } from "./events.ts";

/** One line of an agent's log. */
export interface NewsLine {
  readonly level: "info" | "warn" | "error";
  readonly event: AgentEvent["kind"];
  readonly text: string;
  readonly repository?: string;
  readonly environment?: string;
  readonly job?: string;
  readonly run?: string;
  readonly code?: string;
  readonly seconds?: number;
}

const seconds = (ms: number): number => Math.round(ms / 100) / 10;

/** A holder that renews its lease is still the same holder. */
const sameness = ({ code, what, on }: Problem): string => (code === "LEASE_HELD" ? `${code} ${on}` : `${code} ${what} ${on}`);

function aboutOf({ repository, environment, job }: About): Pick<NewsLine, "repository" | "environment" | "job"> {
  return { repository, job, ...(environment === undefined ? {} : { environment }) };
}

const told = (problem: Problem): string => problem.lines.join(" · ");

/** Picks out of an agent's events what a person wants to read: what goes on being wrong is said once, and again when it is something else. */
export class News {
  /** What is wrong → its sameness. */
  readonly #standing = new Map<string, string>();

  take(event: AgentEvent): NewsLine | undefined {
    switch (event.kind) {
      case "started":
        return { level: "info", event: "started", text: `looks after ${event.repositories.join(", ")} every ${event.intervalMs / 1000} s` };
      case "stopping":
        return { level: "info", event: "stopping", text: "begins nothing more; what runs is ended cleanly" };
      case "stopped":
        return { level: "info", event: "stopped", text: "stopped" };
      case "trouble":
        return this.#trouble(event);
      case "recovered":
        return this.#recovered(event);
      case "begun":
      case "step":
        return this.#step(event);
      case "ended":
        return this.#ended(event);
      case "looked":
      case "standing":
        return undefined;
    }
  }

  /** Whether it is news; from now on it is not. */
  #isNew(key: string, problem: Problem): boolean {
    if (this.#standing.get(key) === sameness(problem)) return false;
    this.#standing.set(key, sameness(problem));
    return true;
  }

  #trouble(event: Extract<AgentEvent, { kind: "trouble" }>): NewsLine | undefined {
    const { repository, environment, of, problem, nextMs } = event;
    if (!this.#isNew(keyOf(event), problem)) return undefined;
    const text = `${of} ${environment ?? repository}: ${told(problem)} · asked again in ${Math.round(nextMs / 1000)} s`;
    return { level: "warn", event: "trouble", text, repository, code: problem.code, ...(environment === undefined ? {} : { environment }) };
  }

  #recovered(event: Extract<AgentEvent, { kind: "recovered" }>): NewsLine | undefined {
    const { repository, environment, of } = event;
    if (!this.#standing.delete(keyOf(event))) return undefined;
    const text = `${of} ${environment ?? repository}: can be asked again`;
    return { level: "info", event: "recovered", text, repository, ...(environment === undefined ? {} : { environment }) };
  }

  /** What is tried again and again because it failed is not told again step by step. */
  #step(event: Extract<AgentEvent, { kind: "begun" | "step" }>): NewsLine | undefined {
    if (this.#standing.has(errandKey(event))) return undefined;
    const text = `${event.what} ${event.on}: ${event.kind === "begun" ? "begun" : event.text}`;
    return { level: "info", event: event.kind, text, ...aboutOf(event) };
  }

  #ended(event: Extract<AgentEvent, { kind: "ended" }>): NewsLine | undefined {
    const { what, on, run, problem, ms } = event;
    const facts = { event: "ended" as const, ...aboutOf(event), seconds: seconds(ms), ...(run === undefined ? {} : { run }) };
    if (problem === undefined) {
      this.#standing.delete(errandKey(event));
      return { level: "info", text: `${what} ${on}: done`, ...facts };
    }
    if (!this.#isNew(errandKey(event), problem)) return undefined;
    return {
      level: problem.code === "HELD" || problem.code === "LEASE_HELD" ? "warn" : "error",
      text: `${what} ${on}: ${told(problem)}`,
      code: problem.code,
      ...facts,
    };
  }
}

const keyOf = ({ repository, environment, of }: Extract<AgentEvent, { kind: "trouble" | "recovered" }>): string => `${of} ${repository} ${environment ?? ""}`;
const errandKey = ({ repository, what, on }: About): string => `errand ${repository} ${what} ${on}`;
