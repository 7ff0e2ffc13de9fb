/** HTML that hides or quotes what is inside, over several lines. */
export type Html = { readonly kind: "until"; readonly end: string } | { readonly kind: "element"; readonly name: string; readonly depth: number };

const beginning = /<!--|<\?|<!\[CDATA\[|<(pre|code|blockquote|script|style|textarea|template|samp|kbd|del|s|q)(?![\w-])/gi;
const ends: Readonly<Record<string, string>> = { "<!--": "-->", "<?": "?>", "<![cdata[": "]]>" };

/** Where the element of this depth ends in the text, or how deep it is at the end of the text. */
function elementEnd(text: string, from: number, open: { readonly name: string; readonly depth: number }): { readonly at: number } | { readonly depth: number } {
  const tags = new RegExp(`<(/?)${open.name}(?![\\w-])`, "gi");
  tags.lastIndex = from;
  let depth = open.depth;
  for (let tag = tags.exec(text); tag !== null; tag = tags.exec(text)) {
    depth += tag[1] === "/" ? -1 : 1;
    if (depth === 0) return { at: tags.lastIndex };
  }
  return { depth };
}

function endOf(text: string, from: number, html: Html): { readonly at: number } | { readonly html: Html } {
  if (html.kind === "until") {
    const at = text.indexOf(html.end, from);
    return at < 0 ? { html } : { at: at + html.end.length };
  }
  const end = elementEnd(text, from, html);
  return "at" in end ? end : { html: { ...html, depth: end.depth } };
}

/** What of it is still open at the end of the text, from `from` on. */
export function beginsHtml(text: string, from = 0): Html | undefined {
  const search = new RegExp(beginning);
  search.lastIndex = from;
  for (let found = search.exec(text); found !== null; found = search.exec(text)) {
    const end = ends[found[0].toLowerCase()];
    const html: Html = end === undefined ? { kind: "element", name: (found[1] ?? "").toLowerCase(), depth: 1 } : { kind: "until", end };
    const left = endOf(text, search.lastIndex, html);
    if ("html" in left) return left.html;
    search.lastIndex = left.at;
  }
  return undefined;
}

/** One more line inside of it. The line belongs to it to its end, as browsers and Markdown have it. */
export function leaveHtml(html: Html, line: string): { readonly html: Html | undefined } {
  const left = endOf(line, 0, html);
  return { html: "html" in left ? left.html : beginsHtml(line, left.at) };
}
