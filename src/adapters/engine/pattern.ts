/** Whether the engine's own matching takes `pattern` for `text`: `**` is anything, `*` anything without a colon. Keeps all ends at once: no run of stars makes it slow. */
function matches(pattern: string, text: string): boolean {
  let ends = new Set([0]);
  for (const part of pattern.split(/(\*\*|\*)/)) {
    const next = new Set<number>();
    for (const from of ends) {
      if (!part.startsWith("*")) {
        if (text.startsWith(part, from)) next.add(from + part.length);
        continue;
      }
      // Whatever a star that begins earlier ends at already, this one would end at too.
      if (next.has(from)) continue;
      const colon = text.indexOf(":", from);
      const last = part === "**" || colon === -1 ? text.length : colon;
      for (let end = from; end <= last; end++) next.add(end);
    }
    ends = next;
  }
  return ends.has(text.length);
}

/**
 * `Among` by urn is a pattern to the engine where the urn has a `*`, as that of a record `*.example.com` has, and nothing can say that it is not: the run would
 * touch, or leave out, whatever looks like it. The first of `urns` that means one of `others` too, with that one; `others` that are among `urns` are meant
 * anyway. Pure.
 */
export function alsoMeant(urns: readonly string[], others: readonly string[]): { readonly urn: string; readonly other: string } | undefined {
  const own = new Set(urns);
  const rest = others.filter((other) => !own.has(other));
  for (const urn of own) {
    const other = urn.includes("*") ? rest.find((one) => matches(urn, one)) : undefined;
    if (other !== undefined) return { urn, other };
  }
  return undefined;
}
