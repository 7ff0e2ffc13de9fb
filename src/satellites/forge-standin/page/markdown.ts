import { escaped, Html, joined, markup } from "./html.ts";
import { inline, inlineHtml } from "./inline.ts";

/**
 * Comments as a host shows them: the part of GitHub's Markdown that comments here are written in (headings, lists with tasks, tables, fences with
 * the colours of a diff, quotes, `<details>`). Whatever else stands there is text; raw HTML is let through by name only, and without attributes.
 */
export function rendered(text: string): Html {
  return new Reader(text.replaceAll(/\r\n?/g, "\n").split("\n")).whole();
}

const deepestQuote = 6;

const fenceStart = /^ {0,3}(`{3,}|~{3,})\s*([\w-]*)\s*$/;
const itemStart = /^\s{0,8}(?:[-*+]|\d{1,9}[.)])\s+/;

class Reader {
  readonly #lines: readonly string[];
  readonly #quote: number;
  #at = 0;
  #details = 0;

  constructor(lines: readonly string[], quote = 0) {
    this.#lines = lines;
    this.#quote = quote;
  }

  whole(): Html {
    const parts: Html[] = [];
    while (this.#at < this.#lines.length) parts.push(this.#block());
    return joined([...parts, new Html("</details>".repeat(this.#details))], "\n");
  }

  get #line(): string {
    return this.#lines[this.#at] ?? "";
  }

  #block(): Html {
    const line = this.#line;
    const fence = fenceStart.exec(line);
    if (fence !== null) return this.#fence(fence[1] ?? "```", fence[2] ?? "");
    const heading = /^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/.exec(line);
    if (heading !== null) return this.#heading(heading[1]?.length ?? 1, heading[2] ?? "");
    if (isTable(line, this.#lines[this.#at + 1])) return this.#table();
    return this.#ways.find(([begins]) => begins.test(line))?.[1]() ?? this.#paragraph();
  }

  readonly #ways: readonly (readonly [RegExp, () => Html])[] = [
    [/^\s*$/, () => this.#skip()],
    [/^ {0,3}<!--/, () => this.#comment()],
    [/^ {0,3}<\/?(?:details|summary)\b/i, () => this.#htmlBlock()],
    [/^ {0,3}(?:\*\s*){3,}$|^ {0,3}(?:-\s*){3,}$|^ {0,3}(?:_\s*){3,}$/, () => this.#rule()],
    [/^ {0,3}>/, () => this.#quoted()],
    [itemStart, () => this.#list()],
  ];

  #skip(): Html {
    this.#at += 1;
    return new Html("");
  }

  #rule(): Html {
    this.#at += 1;
    return new Html("<hr>");
  }

  #heading(level: number, text: string): Html {
    this.#at += 1;
    return new Html(`<h${level}>${inline(text).text}</h${level}>`);
  }

  #fence(mark: string, language: string): Html {
    const from = this.#at + 1;
    const end = this.#lines.findIndex((line, at) => at >= from && new RegExp(`^ {0,3}${mark[0]}{${mark.length},}\\s*$`).test(line));
    const to = end < 0 ? this.#lines.length : end;
    this.#at = to + 1;
    const lines = this.#lines.slice(from, to);
    return markup`<pre class="code ${language}"><code>${language === "diff" ? coloured(lines) : escaped(lines.join("\n"))}</code></pre>`;
  }

  /** Hidden, up to the line that ends it. */
  #comment(): Html {
    while (this.#at < this.#lines.length && !this.#line.includes("-->")) this.#at += 1;
    this.#at += 1;
    return new Html("");
  }

  /** A block of HTML goes on to the next empty line, and Markdown means nothing in it. */
  #htmlBlock(): Html {
    const parts: string[] = [];
    for (; this.#at < this.#lines.length && this.#line.trim() !== ""; this.#at++) {
      const pieces = this.#line.split(/(<details(?:\s+open)?\s*>|<\/details\s*>)/i);
      parts.push(pieces.map((piece, at) => (at % 2 === 1 ? this.#fold(piece) : inlineHtml(piece).text)).join(""));
    }
    return new Html(parts.join("\n"));
  }

  /** One that was never opened is text: it must not close what is around the comment. */
  #fold(tag: string): string {
    if (!tag.startsWith("</")) {
      this.#details += 1;
      return /open/i.test(tag) ? "<details open>" : "<details>";
    }
    if (this.#details === 0) return escaped(tag).text;
    this.#details -= 1;
    return "</details>";
  }

  #quoted(): Html {
    const inner: string[] = [];
    for (; this.#at < this.#lines.length && /^ {0,3}>/.test(this.#line); this.#at++) inner.push(this.#line.replace(/^ {0,3}> ?/, ""));
    const shown = this.#quote < deepestQuote ? new Reader(inner, this.#quote + 1).whole() : escaped(inner.join("\n"));
    return markup`<blockquote>${shown}</blockquote>`;
  }

  #table(): Html {
    const head = cells(this.#line);
    const aligned = cells(this.#lines[this.#at + 1] ?? "").map((cell) => (cell.endsWith(":") ? (cell.startsWith(":") ? "center" : "right") : "left"));
    this.#at += 2;
    const rows: Html[] = [];
    for (; this.#at < this.#lines.length && this.#line.includes("|"); this.#at++) rows.push(row(cells(this.#line), { name: "td", aligned }));
    return markup`<div class="table"><table><thead>${row(head, { name: "th", aligned })}</thead><tbody>${rows}</tbody></table></div>`;
  }

  #list(): Html {
    const isOrdered = /^\s*\d/.test(this.#line);
    const indent = /^\s*/.exec(this.#line)?.[0].length ?? 0;
    const items: Html[] = [];
    while (this.#isItem(isOrdered)) {
      const width = /^\s*/.exec(this.#line)?.[0].length ?? 0;
      if (width < indent) break;
      items.push(width > indent + 1 && items.length > 0 ? this.#list() : this.#item());
    }
    const shown = joined(items);
    return isOrdered ? markup`<ol>${shown}</ol>` : markup`<ul>${shown}</ul>`;
  }

  /** Empty lines between two items do not end a list: the second would be no list of its own to any host. */
  #isItem(isOrdered: boolean): boolean {
    const next = this.#lines.findIndex((line, at) => at >= this.#at && line.trim() !== "");
    const line = this.#lines[next] ?? "";
    if (!itemStart.test(line) || /^\s*\d/.test(line) !== isOrdered) return false;
    this.#at = next;
    return true;
  }

  #item(): Html {
    const text = this.#line.replace(itemStart, "");
    this.#at += 1;
    const task = /^\[([ xX])\]\s+/.exec(text);
    if (task === null) return markup`<li>${inline(text)}</li>`;
    const box = new Html(task[1] === " " ? '<input type="checkbox" disabled>' : '<input type="checkbox" disabled checked>');
    return markup`<li class="task">${box} ${inline(text.slice(task[0].length))}</li>`;
  }

  /** Ends where any other block begins; each end of a line is one, as in comments. */
  #paragraph(): Html {
    const from = this.#at;
    do this.#at += 1;
    while (this.#at < this.#lines.length && !endsParagraph(this.#line, this.#lines[this.#at + 1]));
    const text = this.#lines
      .slice(from, this.#at)
      .map((line) => line.trim())
      .join("\n");
    return markup`<p>${new Html(inline(text).text.replaceAll("\n", "<br>\n"))}</p>`;
  }
}

const endsParagraph = (line: string, next: string | undefined): boolean =>
  line.trim() === "" ||
  /^ {0,3}(?:`{3,}|~{3,}|#{1,6}\s|>|<!--|<\/?(?:details|summary)\b)/i.test(line) ||
  /^ {0,3}(?:[-*+]|1[.)])\s+\S/.test(line) ||
  isTable(line, next);

const isTable = (line: string, next: string | undefined): boolean =>
  line.includes("|") && next !== undefined && /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/.test(next) && cells(line).length === cells(next).length;

function cells(line: string): readonly string[] {
  const bare = line
    .trim()
    .replace(/^\|/, "")
    .replace(/(?<!\\)\|$/, "");
  return bare.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

function row(all: readonly string[], { name, aligned }: { readonly name: "td" | "th"; readonly aligned: readonly string[] }): Html {
  const shown = aligned.map((side, at) => new Html(`<${name}${side === "left" ? "" : ` class="${side}"`}>${inline(all[at] ?? "").text}</${name}>`));
  return markup`<tr>${shown}</tr>`;
}

const kinds: Readonly<Record<string, string>> = { "+": "plus", "-": "minus", "!": "change", "#": "note", "@": "hunk" };

const coloured = (lines: readonly string[]): Html =>
  joined(lines.map((line) => new Html(`<span class="${kinds[line[0] ?? ""] ?? "same"}">${escaped(line).text}\n</span>`)));
