import { parseSync, Visitor, type VisitorObject } from "oxc-parser";
import { Problem } from "../../base/problem/index.ts";

type ObjectNode = Parameters<NonNullable<VisitorObject["ObjectExpression"]>>[0];
type Entry = ObjectNode["properties"][number];

function keyOf(entry: Entry): string | undefined {
  if (entry.type !== "Property" || entry.computed) return undefined;
  if (entry.key.type === "Identifier") return entry.key.name;
  return entry.key.type === "Literal" ? String(entry.key.value) : undefined;
}

function lineOf(text: string, at: number): number {
  return text.slice(0, at).split("\n").length;
}

/**
 * Refuses an environment file that writes one key of an object twice: JavaScript would take the last without a word, so that of two stacks
 * of one name one would silently not be there. STACK_DUPLICATE inside `stacks`, ENVIRONMENT_INVALID elsewhere; a text that does not parse is
 * left to its evaluation.
 */
export function refuseRepeatedKeys(file: string, text: string): void {
  const stacks = new Set<ObjectNode>();
  const parsed = parseSync(file, text);
  const look = (node: ObjectNode): void => {
    const lines = new Map<string, number>();
    for (const entry of node.properties) {
      const key = keyOf(entry);
      if (key === undefined || entry.type !== "Property") continue;
      if (key === "stacks" && entry.value.type === "ObjectExpression") stacks.add(entry.value);
      const line = lineOf(text, entry.start);
      const first = lines.get(key);
      if (first !== undefined) throw repeated({ file, key, first, line, isStack: stacks.has(node) });
      lines.set(key, line);
    }
  };
  if (!parsed.errors.some((error) => error.severity === "Error")) new Visitor({ ObjectExpression: look }).visit(parsed.program);
}

function repeated(found: { readonly file: string; readonly key: string; readonly first: number; readonly line: number; readonly isStack: boolean }): Problem {
  const { file, key, first, line, isStack } = found;
  return new Problem(isStack ? "STACK_DUPLICATE" : "ENVIRONMENT_INVALID", {
    what: isStack ? `two stacks are named "${key}"` : `the key "${key}" is written twice`,
    on: `${file}:${line}, first at line ${first}`,
    todo: isStack ? "Give one of them another name." : "Remove one of them: only the last would count.",
  });
}
