import { beginsHtml, leaveHtml, type Html } from "./html.ts";

/** A line that begins with `/trueup`, where readers of the comment see plain text or could not tell. */
export interface CommandLine {
  /** 1-based. */
  readonly line: number;
  readonly text: string;
  /** Why it cannot be told whether this is a command. */
  readonly unclear?: string;
}

/** The word itself, not a longer one and not a path. */
const commandStart = /^\/trueup(?![\p{L}\p{N}_/.:-])/u;
const fenceStart = /^([ \t]*)((?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*)(`{3,}(?=[^`]*$)|~{3,})/;
const quoteStart = /^[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*>/;
const definitionStart = /^ {0,3}\[[^\]]*\]:/;

interface Fence {
  readonly mark: string;
  readonly length: number;
  /** Where it begins in its line. Only at 0 do all readers of Markdown agree where it ends. */
  readonly offset: number;
}

interface Reading {
  fence: Fence | undefined;
  html: Html | undefined;
  /** Length of a run of back-ticks of this paragraph that is still open. */
  ticks: number | undefined;
  /** What the paragraph began that this line could belong to. */
  paragraph: string | undefined;
  /** For the rest of the comment. */
  lost: string | undefined;
}

function endParagraph(reading: Reading): void {
  reading.ticks = undefined;
  reading.paragraph = undefined;
}

/** What of a line is not inside back-ticks; an open run leaves its tail in, since it may turn out to be no code. */
function outsideTicks(reading: Reading, line: string): string {
  const parts: string[] = [];
  let from = 0;
  for (const run of line.matchAll(/`+/g)) {
    const at = run.index;
    const escaped = reading.ticks === undefined && isEscaped(line, at);
    const length = run[0].length - (escaped ? 1 : 0);
    if (length === 0) continue;
    if (reading.ticks === undefined) {
      parts.push(line.slice(from, at));
      from = at;
      reading.ticks = length;
    } else if (reading.ticks === length) {
      from = at + run[0].length;
      reading.ticks = undefined;
    }
  }
  return [...parts, line.slice(from)].join(" ");
}

function isEscaped(line: string, at: number): boolean {
  let slashes = 0;
  while (line[at - 1 - slashes] === "\\") slashes++;
  return slashes % 2 === 1;
}

/** From `<` on: where the tag is closed, or -1. Quotes count only as those of an attribute. */
function tagEnd(text: string, from: number): number {
  let quote: string | undefined;
  let before = "";
  for (let at = from; at < text.length; at++) {
    const character = text[at] ?? "";
    if (quote !== undefined) quote = character === quote ? undefined : quote;
    else if (character === ">") return at;
    else if (/["']/.test(character) && before === "=") quote = character;
    if (character !== " ") before = character;
  }
  return -1;
}

function tagLeftOpen(text: string): boolean {
  const search = /<[a-z/]/gi;
  for (let tag = search.exec(text); tag !== null; tag = search.exec(text)) {
    const end = tagEnd(text, tag.index);
    if (end < 0) return true;
    search.lastIndex = end;
  }
  return false;
}

/** Tags and links that go on in the next line: their attributes and titles are not seen by readers. */
function leftOpen(text: string): string | undefined {
  if (tagLeftOpen(text)) return "it could belong to the HTML tag above it";
  const link = text.lastIndexOf("](");
  return link >= 0 && !text.includes(")", link) ? "it could belong to the link above it" : undefined;
}

const loseTrack = (reading: Reading): void => {
  reading.lost = "a code block above it is indented, and readers differ on where that ends";
};

/** Whether the line belongs to the code block. */
function insideFence(reading: Reading, line: string, fence: Fence): boolean {
  const [, indent = "", run = ""] = /^([ \t]*)(?:(`{3,}|~{3,})[ \t]*$)?/.exec(line) ?? [];
  const closes = run.startsWith(fence.mark) && run.length >= fence.length;
  if (fence.offset === 0) {
    if (closes && /^ {0,3}$/.test(indent)) reading.fence = undefined;
    return true;
  }
  const isInside = !closes && indent.length >= fence.offset;
  if (isInside || line.length === indent.length) return true;
  if (indent.length !== fence.offset) loseTrack(reading);
  reading.fence = undefined;
  return closes;
}

function opensFence(reading: Reading, line: string): boolean {
  const [, indent = "", list = "", run = ""] = fenceStart.exec(line) ?? [];
  if (run === "") return false;
  reading.fence = { mark: run[0] ?? "", length: run.length, offset: indent.length + list.length };
  endParagraph(reading);
  return true;
}

/** Whether the line is code, a quote, hidden or empty; moves on what is open. */
function isCovered(reading: Reading, line: string): boolean {
  if (reading.fence !== undefined && insideFence(reading, line, reading.fence)) return true;
  if (reading.html !== undefined) {
    const left = leaveHtml(reading.html, line);
    reading.html = left.html;
    return true;
  }
  if (/^[ \t]*$/.test(line)) {
    endParagraph(reading);
    return true;
  }
  if (opensFence(reading, line)) return true;
  if (!quoteStart.test(line)) return false;
  endParagraph(reading);
  reading.paragraph = "it stands directly below a quote and belongs to it";
  return true;
}

function moveOn(reading: Reading, line: string): void {
  const block = /^[ \t]*</.test(line);
  const outside = outsideTicks(reading, line);
  reading.html = beginsHtml(block ? line : outside);
  if (reading.html !== undefined) return;
  reading.paragraph ??= definitionStart.test(line) ? "it could belong to the link definition above it" : leftOpen(outside);
}

function unclearIn(reading: Reading): string | undefined {
  const ticks = reading.ticks === undefined ? undefined : "a back-tick before it in the same paragraph is not closed, so that it could be code";
  return reading.lost ?? reading.paragraph ?? ticks;
}

/**
 * The lines of a comment that begin with `/trueup` and are not code, a quote or hidden. Markdown has corners in which readers differ and in
 * which text is there but not shown (an attribute, a title, a code span over two lines): what stands there is handed on as unclear, to be
 * refused in words; it is never taken for a command. An empty line before the command ends all of them. Linear in the length of the body.
 */
export function commandLines(body: string): readonly CommandLine[] {
  const found: CommandLine[] = [];
  const reading: Reading = { fence: undefined, html: undefined, ticks: undefined, paragraph: undefined, lost: undefined };
  for (const [index, text] of body.split(/\r\n|\n|\r/).entries()) {
    if (isCovered(reading, text)) continue;
    if (commandStart.test(text)) {
      const unclear = unclearIn(reading);
      found.push({ line: index + 1, text, ...(unclear === undefined ? {} : { unclear }) });
    }
    moveOn(reading, text);
  }
  return found;
}
