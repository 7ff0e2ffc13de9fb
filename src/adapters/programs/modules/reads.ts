import type { ModuleFacts } from "./facts.ts";

type Place = { readonly type: string; readonly start: number; readonly end: number; readonly name?: unknown };

/**
 * Which outputs of which stacks a module reads, from its text: `ctx.stack("a").output("x")`, also through a variable.
 * A reader that is handed on is a read of the stack without saying which output. Names that mean two stacks count for both.
 */
export class ReadsOfStacks {
  /** By where the call ends: `ctx.stack("a").output("x")` begins where `ctx.stack("a")` does, and is not a reader itself. */
  readonly #calls = new Map<number, string>();
  readonly #bindings: { readonly name: string; readonly at: number; readonly call: number }[] = [];
  readonly #outputs: { readonly on: Place; readonly output: string | undefined }[] = [];
  readonly #names: { readonly start: number; readonly name: string }[] = [];

  stackCalled(end: number, stack: string | undefined): void {
    if (stack !== undefined) this.#calls.set(end, stack);
  }
  outputCalled(on: Place, output: string | undefined): void {
    this.#outputs.push({ on, output });
  }
  bound(id: { readonly start: number; readonly name: string }, init: Place): void {
    if (init.type === "CallExpression") this.#bindings.push({ name: id.name, at: id.start, call: init.end });
  }
  named(start: number, name: string): void {
    this.#names.push({ start, name });
  }

  #calledAt(on: Place): string[] {
    const stack = on.type === "CallExpression" ? this.#calls.get(on.end) : undefined;
    return stack === undefined ? [] : [stack];
  }

  found(): ModuleFacts["reads"] {
    if (this.#calls.size === 0) return [];
    const reads = new Map<string, { readonly stack: string; readonly output?: string }>();
    const add = (stack: string, output: string | undefined): void => {
      reads.set(`${stack} ${output ?? ""}`, output === undefined ? { stack } : { stack, output });
    };
    const readers = this.#bindings.filter((binding) => this.#calls.has(binding.call));
    const called = (name: unknown): string[] => readers.filter((reader) => reader.name === name).map((reader) => this.#calls.get(reader.call) ?? "");
    // Calls and names that are accounted for: what is left has been handed on.
    const spokenCalls = new Set(readers.map((reader) => reader.call));
    const spokenNames = new Set(readers.map((reader) => reader.at));
    for (const { on, output } of this.#outputs) {
      const stacks = on.type === "Identifier" ? called(on.name) : this.#calledAt(on);
      if (on.type === "Identifier") spokenNames.add(on.start);
      else spokenCalls.add(on.end);
      for (const stack of stacks) add(stack, output);
    }
    for (const [end, stack] of this.#calls) if (!spokenCalls.has(end)) add(stack, undefined);
    for (const { start, name } of this.#names) if (!spokenNames.has(start)) for (const stack of called(name)) add(stack, undefined);
    return [...reads.values()];
  }
}
