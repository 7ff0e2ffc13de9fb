/** Inside an HTML comment only these are safe on every forge; two dashes in a row could end it. */
function encoded(text: string): string {
  return text.replace(/[^\w.:/=+-]/gu, (character) => (/[\ud800-\udfff]/u.test(character) ? "" : encodeURIComponent(character))).replace(/--/g, "-%2D");
}

/** The hidden first line by which the comment is found again. */
export function markerLine(marker: string): string {
  return `<!-- trueup:${encoded(marker)} -->`;
}

/** The hidden last line that carries signed data. */
export function payloadLine(payload: string): string {
  return `<!-- trueup-data:${encoded(payload)} -->`;
}
