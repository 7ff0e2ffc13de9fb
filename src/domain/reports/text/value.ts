import type { Json } from "../../environments/index.ts";
import { grouped } from "./amount.ts";
import { visible } from "./visible.ts";

/** Thrown inside only: stops the walk over a huge value as soon as enough is written. */
class Enough extends Error {}

/** JSON text on one line, built only as far as `max` units: a value may be megabytes. */
export function jsonText(value: Json, max: number): { readonly text: string; readonly whole: boolean } {
  const parts: string[] = [];
  let length = 0;
  const put = (text: string): void => {
    parts.push(text);
    length += text.length;
    if (length > max) throw new Enough();
  };
  const walk = (node: Json): void => {
    if (typeof node === "string") {
      put(JSON.stringify(node.length > max ? node.slice(0, max) : node));
      if (node.length > max) throw new Enough();
    } else if (node === null || typeof node !== "object") {
      put(JSON.stringify(node) ?? "null");
    } else if (Array.isArray(node)) {
      put("[");
      (node as readonly Json[]).forEach((item, index) => {
        if (index > 0) put(", ");
        walk(item);
      });
      put("]");
    } else {
      put("{");
      Object.entries(node).forEach(([key, item], index) => {
        put(`${index > 0 ? ", " : " "}${JSON.stringify(key.slice(0, max))}: `);
        walk(item);
      });
      put(Object.keys(node).length === 0 ? "}" : " }");
    }
  };
  let whole = true;
  try {
    walk(value);
  } catch (thrown) {
    // RangeError: nested deeper than the stack; what is written so far is shown as cut.
    if (!(thrown instanceof Enough) && !(thrown instanceof RangeError)) throw thrown;
    whole = false;
  }
  return { text: parts.join(""), whole };
}

/** One visible line of at most about `max` units; what is cut is said. */
export function shownJson(value: Json, max: number): string {
  const { text, whole } = jsonText(value, max);
  if (whole) return visible(text);
  const all = typeof value === "string" ? `, ${grouped(value.length)} characters in all` : "";
  return `${visible(text.slice(0, max).replace(/[\ud800-\udbff]$/, ""))} … (cut${all})`;
}
