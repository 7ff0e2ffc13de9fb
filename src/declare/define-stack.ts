import type { z } from "zod";
import type { Outputs, StackContext, StackProgram } from "./program.ts";

/** A program and the schema of its arguments. The result is frozen plain data around the two: nothing runs until a stack is selected. */
export function defineStack<Args extends z.ZodType, Result extends Outputs>(definition: {
  readonly args: Args;
  program(args: z.output<Args>, ctx: StackContext): Result | Promise<Result>;
}): StackProgram<Args, Result> {
  const { args, program } = definition;
  return Object.freeze({ kind: "stack-program", args, program });
}
