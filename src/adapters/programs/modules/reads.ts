import type { ModuleFacts } from "./facts.ts";

type Place = { readonly type: string; readonly start: number; readonly name?: unknown };

/**
 * Which outputs of which stacks a module reads, from its text: `ctx.stack("a").output("x")`, also through a variable.
 * A reader that is handed on is a read of the stack without saying which output. Names that mean two stacks count for both.
 */
export class ReadsOfStacks {
  readonly #calls = new Map<number, string>();
  readonly #bindings: { readonly name: string; readonly at: number; readonly call: number }[] = [];
  readonly #outputs: { readonly on: Place; readonly output: string | undefined }[] = [];
  readonly #names: { readonly start: number; readonly name: string }[] = [];

  stackCalled(start: number, stack: string | undefined): void {
    if (stack !== undefined) this.#calls.set(start, stack);
  }
  outputCalled(on: Place, output: string | undefined): void {
    this.#outputs.push({ on, output });
  }
  bound(id: { readonly start: number; readonly name: string }, init: Place): void {
    if (init.type === "CallExpression") this.#bindings.push({ name: id.name, at: id.start, call: init.start });
  }
  named(start: number, name: string): void {
    this.#names.push({ start, name });
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
    const spoken = new Set(readers.flatMap((reader) => [reader.at, reader.call]));
    for (const { on, output } of this.#outputs) {
      const direct = this.#calls.get(on.start);
      const stacks = on.type === "Identifier" ? called(on.name) : direct === undefined ? [] : [direct];
      spoken.add(on.start);
      for (const stack of stacks) add(stack, output);
    }
    for (const [start, stack] of this.#calls) if (!spoken.has(start)) add(stack, undefined);
    for (const { start, name } of this.#names) if (!spoken.has(start)) for (const stack of called(name)) add(stack, undefined);
    return [...reads.values()];
  }
}
