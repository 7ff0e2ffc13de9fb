import { createHash } from "node:crypto";

/** Repeatable made-up text: the same parts always give the same characters. */
export function hex(length: number, ...parts: readonly string[]): string {
  const text = createHash("sha256").update(parts.join("\u0000")).digest("hex");
  return (length <= text.length ? text : text + hex(length - text.length, ...parts, "+")).slice(0, length);
}

export function digits(length: number, ...parts: readonly string[]): string {
  const number = BigInt(`0x${hex(32, ...parts)}`)
    .toString()
    .padStart(length, "7");
  return `${(Number(number[0] ?? "1") % 9) + 1}${number.slice(1, length)}`;
}

/** A whole number in [0, below). */
export function pick(below: number, ...parts: readonly string[]): number {
  return below <= 0 ? 0 : Number.parseInt(hex(12, ...parts), 16) % below;
}

export function uuid(...parts: readonly string[]): string {
  const h = hex(32, ...parts);
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-a${h.slice(17, 20)}-${h.slice(20)}`;
}

/** Letters and digits as the clouds use them in generated names: no vowels. */
export function letters(length: number, ...parts: readonly string[]): string {
  const alphabet = "bcdfghjklmnpqrstvwxz2456789";
  let text = "";
  for (let i = 0; i < length; i++) text += alphabet[pick(alphabet.length, ...parts, String(i))] ?? "x";
  return text;
}
