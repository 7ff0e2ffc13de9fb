/** A fence longer than any run of back-ticks inside, so that nothing in the text can end it. Lines must be single visible lines. */
export function fence(language: string, lines: readonly string[]): string {
  let longest = 2;
  for (const line of lines) for (const run of line.match(/`{3,}/g) ?? []) longest = Math.max(longest, run.length);
  const ticks = "`".repeat(longest + 1);
  return `${ticks}${language}\n${lines.join("\n")}\n${ticks}`;
}

/** `summary` must be safe already. The empty lines are what lets Markdown work inside the fold. */
export function fold(summary: string, body: string): string {
  return `<details><summary>${summary}</summary>\n\n${body}\n\n</details>`;
}

/** Cells must be safe already (no pipe, no line end). An empty cell shows as such. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}
