/** An IPv4 block as its first address and the length of its prefix, or undefined when the text is none. */
export function parseCidr(text: string): { readonly first: number; readonly prefix: number; readonly aligned: boolean } | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  if (match === null) return undefined;
  const parts = match.slice(1, 5).map(Number);
  const prefix = Number(match[5]);
  if (parts.some((part) => part > 255) || prefix > 32) return undefined;
  const address = parts.reduce((sum, part) => sum * 256 + part, 0);
  const size = 2 ** (32 - prefix);
  const first = Math.floor(address / size) * size;
  return { first, prefix, aligned: first === address };
}

export function contains(outer: string, inner: string): boolean {
  const a = parseCidr(outer);
  const b = parseCidr(inner);
  if (a === undefined || b === undefined) return false;
  return b.first >= a.first && b.first + 2 ** (32 - b.prefix) <= a.first + 2 ** (32 - a.prefix);
}

export function overlap(one: string, other: string): boolean {
  return contains(one, other) || contains(other, one);
}
