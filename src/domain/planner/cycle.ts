/**
 * One circle of a directed graph, from its first name by code unit back to it (`a, b, a`), or undefined. Names nowhere defined have no edges.
 * Depth first with a stack of its own: a chain of thousands of stacks must not exhaust the call stack.
 */
export function findCycle(edges: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const finished = new Set<string>();
  for (const start of edges.keys()) {
    const path: string[] = [];
    const onPath = new Set<string>();
    const todo: { readonly name: string; readonly leave: boolean }[] = [{ name: start, leave: false }];
    for (let step = todo.pop(); step !== undefined; step = todo.pop()) {
      if (step.leave) {
        path.pop();
        onPath.delete(step.name);
        finished.add(step.name);
        continue;
      }
      if (onPath.has(step.name)) return fromFirstName(path.slice(path.indexOf(step.name)));
      if (finished.has(step.name)) continue;
      path.push(step.name);
      onPath.add(step.name);
      todo.push({ name: step.name, leave: true });
      for (const next of edges.get(step.name) ?? []) todo.push({ name: next, leave: false });
    }
  }
  return undefined;
}

function fromFirstName(circle: readonly string[]): readonly string[] {
  const first = circle.reduce((a, b) => (b < a ? b : a));
  const at = circle.indexOf(first);
  return [...circle.slice(at), ...circle.slice(0, at), first];
}
