const wide = /\p{Emoji_Presentation}|\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|[\u3000-\u303f\uff01-\uff60\uffe0-\uffe6]/u;
const none = /\p{Mn}|\p{Me}|\p{Cf}/u;

/** Terminal columns of a text without colour codes: wide characters take two, combining ones none. */
export function columns(text: string): number {
  if (/^[\u0020-\u007e]*$/.test(text)) return text.length;
  let sum = 0;
  for (const character of text) sum += none.test(character) ? 0 : wide.test(character) ? 2 : 1;
  return sum;
}

/** Cut to at most `width` columns ("…" says that it was cut). */
export function cutTo(text: string, width: number): string {
  if (columns(text) <= width) return text;
  let kept = "";
  let used = 0;
  for (const character of text) {
    const more = columns(character);
    if (used + more > width - 1) break;
    kept += character;
    used += more;
  }
  return width < 1 ? "" : `${kept}…`;
}

export function padTo(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - columns(text)));
}

/** Cells in aligned columns, two blanks apart; each column at most `limits[i]` wide, the last one unlimited. `paint` colours a padded cell. */
export function grid(
  rows: readonly (readonly string[])[],
  limits: readonly number[],
  paint: (cell: string, row: number, column: number) => string = (cell) => cell,
): string[] {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, column) =>
    Math.min(limits[column] ?? Infinity, Math.max(0, ...rows.map((row) => columns(row[column] ?? "")))),
  );
  return rows.map((row, index) =>
    row
      .map((cell, column) => {
        const cut = Number.isFinite(limits[column] ?? Infinity) ? cutTo(cell, widths[column] ?? 0) : cell;
        return paint(column === row.length - 1 ? cut : padTo(cut, widths[column] ?? 0), index, column);
      })
      .join("  ")
      .trimEnd(),
  );
}
