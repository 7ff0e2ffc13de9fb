import type { Problem } from "../../base/problem/index.ts";
import type { Machine } from "../../base/process/index.ts";
import type { CiOutput } from "../../workflows/ci-job/index.ts";
import type { Observer } from "../../workflows/estate/index.ts";
import type { Interrupts } from "./interrupts.ts";

export type Format = "table" | "wide" | "json" | "yaml";

/** What every command may use. Results go to `print` (stdout), everything on the way to `say` (stderr). */
export interface CommandContext {
  readonly machine: Machine;
  readonly directory: string;
  readonly format: Format;
  readonly color: boolean;
  readonly width: number;
  readonly debug: boolean;
  readonly interrupts: Interrupts;
  readonly print: (text: string) => void;
  readonly say: (text: string) => void;
  /** The host of the CI job that this process is, where it is one. */
  readonly ci?: CiOutput;
  /** A live table on a terminal, plain lines elsewhere. `stop` ends it before results are printed. */
  observe(): { readonly observer: Observer; readonly stop: () => void };
}

export type Given = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

export interface CommandResult {
  readonly exitCode: number;
  /** For -o json|yaml: the envelope's kind and data. */
  readonly kind: string;
  readonly data: unknown;
  /** For -o table|wide. */
  readonly text: string;
  /** Why it did not end well, although there is a result to show: its three lines follow on stderr. */
  readonly problem?: Problem | undefined;
}

/** A command as data: flags, help and completion derive from this one value. */
export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  /** `[name, what it is]`; `<x>` needed, `[x]` may be left out, `[x...]` many. */
  readonly args?: readonly (readonly [string, string])[];
  readonly flags?: readonly (readonly [string, string])[];
  readonly subcommands?: readonly CommandSpec[];
  run?(context: CommandContext, args: readonly string[], flags: Given): Promise<CommandResult>;
}
