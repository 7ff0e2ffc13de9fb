import type { Clock } from "../../base/clock/index.ts";

/** Where checks are asked from, and what they may use. */
export interface ProbeSite {
  /** The prepared copy of the commit: working directory of commands, and where files with a relative path lie. */
  readonly directory: string;
  /** Of `command` checks. */
  readonly variables: Readonly<Record<string, string>>;
  /** Of whatever a kubeconfig asks for a credential: the variables that the engine has too. */
  readonly credentials?: Readonly<Record<string, string>>;
  /** A variable of this machine, by name. */
  readonly variable?: (name: string) => string | undefined;
  /** An output of a stack of the environment, as its state has it now; undefined when it has none. */
  readonly output?: (stack: string, name: string) => Promise<unknown>;
  /** Port of the sandbox cloud's console: made-up `.invalid` hosts and clusters are asked there. */
  readonly sandboxConsole: number | undefined;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

/** What was said to one question, in a person's words: `503`, `refused`, `exit 2`. */
export interface Answer {
  readonly ok: boolean;
  readonly answer: string;
}
