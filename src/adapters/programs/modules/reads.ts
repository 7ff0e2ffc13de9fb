import type { ModuleFacts } from "./facts.ts";

type Place = { readonly type: string; readonly start: number; readonly name?: unknown };

/**
 * Which outputs of which stacks a module reads, from its text: `ctx.stack("a").output("x")`, also through a variable.
 * A reader that is handed on is a read of the stack without saying which output. Names that mean two stacks count for both.
 */
export class ReadsOfStacks {
  readonly #calls = new Map<number, string>();
  readonly #asked = new Set<number>();
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
    const spoken = new Set(readers.map((reader) => reader.at));
    for (const { on, output } of this.#outputs) {
      if (on.type === "Identifier") {
        spoken.add(on.start);
        for (const reader of readers) if (reader.name === on.name) add(this.#calls.get(reader.call) ?? "", output);
      } else if (this.#calls.has(on.start)) {
        this.#asked.add(on.start);
        add(this.#calls.get(on.start) ?? "", output);
      }
    }
    const bound = new Set(readers.map((reader) => reader.call));
    for (const [start, stack] of this.#calls) if (!bound.has(start) && !this.#asked.has(start)) add(stack, undefined);
    for (const { start, name } of this.#names) {
      if (spoken.has(start)) continue;
      for (const reader of readers) if (reader.name === name) add(this.#calls.get(reader.call) ?? "", undefined);
    }
    return [...reads.values()];
  }
}
