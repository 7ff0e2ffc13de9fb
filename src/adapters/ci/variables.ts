import { readFileSync } from "node:fs";
import type { z } from "zod";
import { Problem } from "../../base/problem/index.ts";
import type { Machine } from "../../base/process/index.ts";

/** Variables of one CI host, each needed one with its name in the complaint. */
export class CiVariables {
  readonly #machine: Pick<Machine, "variable">;
  readonly #host: string;

  constructor(machine: Pick<Machine, "variable">, host: string) {
    this.#machine = machine;
    this.#host = host;
  }

  /** undefined also for an empty one: hosts set what does not apply to "". */
  maybe(name: string): string | undefined {
    const value = this.#machine.variable(name);
    return value === "" ? undefined : value;
  }

  needed(name: string): string {
    const value = this.maybe(name);
    if (value !== undefined) return value;
    throw this.wrong(`${name} is not set`, "Pass the job's variables on to trueup, or unset the variable that says it is a CI job.");
  }

  number(name: string): number {
    const text = this.needed(name);
    if (/^[1-9]\d{0,15}$/.test(text)) return Number(text);
    throw this.wrong(`${name} is not a whole number`, "Run trueup in a job that the host itself started.");
  }

  /** The event's own text, in a file that the host wrote; only what the schema names is looked at. */
  payload<T>(name: string, schema: z.ZodType<T>): T {
    const file = this.needed(name);
    const parsed = schema.safeParse(this.#read(name, file));
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    throw this.wrong(`the file of ${name} has no proper "${issue?.path.join(".") ?? ""}"`, "Run trueup in a job that the host itself started.");
  }

  wrong(what: string, todo: string): Problem {
    return new Problem("CONFIG_INVALID", { what, on: `a job of ${this.#host}`, todo });
  }

  #read(name: string, file: string): unknown {
    try {
      return JSON.parse(readFileSync(file, "utf8"));
    } catch (cause) {
      const problem = this.wrong(`the file of ${name} cannot be read as JSON`, "Run trueup in a job that the host itself started.");
      throw Object.assign(problem, { cause });
    }
  }
}
