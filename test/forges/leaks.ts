import { inspect } from "node:util";
import { Problem } from "../../src/base/problem/index.ts";

/** Shorter ones would be found in anything. */
const shortest = 8;

function encodings(secret: string): readonly string[] {
  const base64 = Buffer.from(secret).toString("base64");
  const basic = Buffer.from(`x:${secret}`).toString("base64");
  return [
    secret,
    encodeURIComponent(secret),
    base64,
    base64.replace(/=+$/, ""),
    Buffer.from(secret).toString("hex"),
    basic,
    ...secret.split("\n").filter((line) => line.length > 20),
  ];
}

/** Everything that a thrown value could print, its causes included. */
function printed(value: unknown): string {
  const parts: string[] = [];
  for (let error = value, depth = 0; error !== undefined && error !== null && depth < 8; depth++) {
    parts.push(inspect(error, { depth: 12, showHidden: true, maxStringLength: null, maxArrayLength: null }));
    if (error instanceof Problem) parts.push(...error.lines, error.detail ?? "", JSON.stringify(error));
    if (error instanceof Error) parts.push(error.stack ?? "", error.message);
    error = error instanceof Error ? error.cause : undefined;
  }
  return parts.join("\n");
}

/** Where a secret can be read in what was said: its first characters and what is around it are not told, only that it is there. */
export function leaksIn(said: unknown, secrets: readonly string[]): readonly string[] {
  const text = typeof said === "string" ? said : printed(said);
  return secrets
    .filter((secret) => secret.length >= shortest && encodings(secret).some((form) => text.includes(form)))
    .map((_, index) => `secret ${index + 1}`);
}
