const ansi = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;
/** Controls, format characters (bidi overrides, zero widths, tags), line separators and halves of surrogate pairs. */
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

function spelled(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code === 9) return "\\t";
  if (code === 10) return "\\n";
  if (code === 13) return "\\r";
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, "0")}`;
}

/** Colour codes and other terminal commands taken out. */
export function withoutAnsi(text: string): string {
  return text.includes("\u001b") ? text.replace(ansi, "") : text;
}

/** One line in which everything that could hide, reorder or break text is spelled out: `\u202e`, `\n`. */
export function visible(text: string): string {
  return text.replace(invisible, spelled);
}

/** At most `max` UTF-16 units, never half a surrogate pair; a cut is said by "…". */
export function clipped(text: string, max: number): string {
  if (text.length <= max) return text;
  const end = /[\ud800-\udbff]/.test(text[max - 2] ?? "") ? max - 2 : max - 1;
  return `${text.slice(0, end)}…`;
}

/** One visible line of a message written by programs or people: colours out, runs of white space to one blank. */
export function oneLine(text: string, max: number): string {
  // Cut first: a message may be megabytes, and everything after is linear in what is kept.
  const head = text.length > max * 4 + 64 ? `${text.slice(0, max * 4)}…` : text;
  return clipped(visible(withoutAnsi(head).replace(/\s+/g, " ").trim()), max);
}
