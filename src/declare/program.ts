import type { Output, Unwrap } from "@pulumi/pulumi";
import type { z } from "zod";

/** What a program may return: its outputs by name, or nothing. */
export type Outputs = Readonly<Record<string, unknown>> | void;

/** A reusable stack program, as `defineStack` returns it. `program` is a method so that programs of all argument types are StackPrograms. */
export interface StackProgram<Args extends z.ZodType = z.ZodType, Result extends Outputs = Outputs> {
  readonly kind: "stack-program";
  readonly args: Args;
  program(args: z.output<Args>, ctx: StackContext): Result | Promise<Result>;
}

/** What an environment file may write as `args`: defaults may be left out. */
export type ArgsOf<P extends StackProgram> = z.input<P["args"]>;

/** The outputs of a program, by name. */
export type OutputsOf<P extends StackProgram> = Awaited<ReturnType<P["program"]>>;

/** Another stack of the same environment, seen through its outputs. Read-only. */
export interface StackReader<Result> {
  /**
   * One output, as the stack's program types it. Unknown in a preview while the stack does not exist yet, or while this run will change that output;
   * in an apply a missing output fails the program, naming stack and output.
   */
  output<Key extends keyof Result & string>(key: Key): Output<Unwrap<Result[Key]>>;
}

/** What a program knows of where it runs. */
export interface StackContext {
  /** Name of the environment folder: "prod". */
  readonly environment: string;
  /** The stack's key in `stacks` of environment.ts: "shop". */
  readonly stackName: string;
  /** Another stack of this environment by its declared name; `P` is the type of its program: `ctx.stack<typeof clusters>("clusters")`. */
  stack<P extends StackProgram>(name: string): StackReader<OutputsOf<P>>;
}
