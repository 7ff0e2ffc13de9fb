import { oneLine } from "./visible.ts";

/** Everything that Markdown, tables or HTML give a meaning. As numeric entities they stay plain in text, cells, headings and summaries alike. */
const meaningful = /[&<>`*_~|\\[\]]/g;
/** Zero width space as an entity: breaks a mention or reference for the forge, changes nothing for the reader. */
const breakMark = "&#8203;";

/**
 * Text by others as harmless Markdown: no emphasis, link, HTML, mention (`@name`), reference (`#123`, `!12`, `GH-1`), link to an issue
 * or table cell can come of it. `max` counts the characters before escaping.
 */
export function inline(text: string, max = 200): string {
  return (
    oneLine(text, max)
      .replace(meaningful, (character) => `&#${character.charCodeAt(0)};`)
      // "#" of an entity just made is followed by digits and ";" and preceded by "&": it stays.
      .replace(/(?<!&)#(?=\w)/g, `#${breakMark}`)
      .replace(/@(?=[\w-])/g, `@${breakMark}`)
      .replace(/([!$%])(?=\w)/g, `$1${breakMark}`)
      .replace(/\bGH-(?=\d)/gi, (match) => `${match}${breakMark}`)
      .replace(/:\/\//g, `:${breakMark}//`)
      .replace(/\bwww\./gi, (match) => `${match}${breakMark}`)
  );
}

/** A command or name in a code span whose back-ticks outnumber those inside. Not for table cells: a pipe would end the cell. */
export function codeSpan(text: string, max = 400): string {
  const clean = oneLine(text, max);
  // Two back-ticks with nothing between are no span: they would pair with the next ones.
  if (clean === "") return "(empty)";
  const longest = Math.max(0, ...(clean.match(/`+/g) ?? []).map((run) => run.length));
  const ticks = "`".repeat(longest + 1);
  const pad = clean.startsWith("`") || clean.endsWith("`") ? " " : "";
  return `${ticks}${pad}${clean}${pad}${ticks}`;
}
