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
