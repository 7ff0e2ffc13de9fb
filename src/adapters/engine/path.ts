export type PathPart = string | number;

const plainKey = /^[A-Za-z_$][\w$-]*$/;

/** Reads a property path as the engine writes it: `tags.owner`, `ingress[0].fromPort`, `data["app.conf"]`. */
export function parsePath(text: string): PathPart[] {
  const parts: PathPart[] = [];
  const word = /\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|\.?([^.[\]]+)|(.)/gy;
  for (const [, index, quoted, plain] of text.matchAll(word)) {
    if (index !== undefined) parts.push(Number(index));
    else if (quoted !== undefined) parts.push(quoted.replaceAll(/\\(.)/g, "$1"));
    else if (plain !== undefined) parts.push(plain);
  }
  return parts;
}

export function formatPath(parts: readonly PathPart[]): string {
  let text = "";
  for (const part of parts) {
    if (typeof part === "number") text += `[${part}]`;
    else if (!plainKey.test(part)) text += `["${part.replaceAll(/(["\\])/g, "\\$1")}"]`;
    else text += text === "" ? part : `.${part}`;
  }
  return text;
}
