function percent(character: string): string {
  return [...Buffer.from(character, "utf8")].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
}

/** Inside an HTML comment only these are safe on every forge; two dashes in a row could end it. */
function encoded(text: string): string {
  return text.replace(/[^\w.:/=+-]/gu, percent).replace(/--/g, "-%2D");
}

/** The hidden first line by which the comment is found again. */
export function markerLine(marker: string): string {
  return `<!-- trueup:${encoded(marker.slice(0, 300))} -->`;
}

/** The marker of a part: where several tell of one branch, each names its environments. Left out: of all. */
export function withOwn(marker: string, own: readonly string[] | undefined): string {
  return own === undefined ? marker : `${marker}:${own.join("+")}`;
}

/** The environments that the first line of a comment names behind a marker; undefined: it is another marker, or names none. */
export function ownIn(marker: string, body: string): readonly string[] | undefined {
  const start = markerLine(`${marker}:`).slice(0, -" -->".length);
  const [first = ""] = body.split("\n", 1);
  if (!first.startsWith(start) || !first.endsWith(" -->")) return undefined;
  // A name has letters, digits and hyphens; of these only a second hyphen in a row is written otherwise.
  return first.slice(start.length, -" -->".length).replaceAll("%2D", "-").split("+");
}

const dataLine = /^<!-- trueup-data:([\w.:/=+%-]*) -->$/m;

/** What `payloadLine` hid in a comment; undefined when there is none. Signed or not is for its reader to see. */
export function payloadOf(body: string): string | undefined {
  const found = dataLine.exec(body)?.[1];
  if (found === undefined) return undefined;
  try {
    return decodeURIComponent(found);
  } catch {
    return undefined;
  }
}

/** The hidden last line that carries signed data. */
export function payloadLine(payload: string): string {
  return `<!-- trueup-data:${encoded(payload)} -->`;
}
