import { escaped, Html, markup } from "./html.ts";

/** What stands inside a line, as hosts read it in comments: the rest of what people write is text. */

const tags = new Set(["b", "strong", "i", "em", "code", "sub", "sup", "kbd", "br"]);
/** Spans end within this many characters: a reader of hostile text must not look for an end for ever. */
const longest = 2000;

const span = (name: string, mark: string): string => `${mark}(?=\\S)(?<${name}>[\\s\\S]{1,${longest}}?)(?<=\\S)${mark}`;

const tokens = new RegExp(
  [
    "\\\\(?<literal>[!-/:-@\\[-`{-~])",
    // A whole run of ticks or none of it: tried by its parts, a long one takes hours.
    `(?<!\`)(?<ticks>\`+)(?!\`)(?<code>[\\s\\S]{1,${longest}}?)(?<!\`)\\k<ticks>(?!\`)`,
    "<!--[\\s\\S]{0,20000}?-->",
    "<(?<close>/?)(?<tag>[a-z]+)\\s*/?>",
    "\\[(?<label>[^\\[\\]]{1,500})\\]\\((?<target>[^()\\s]{1,2000})\\)",
    "<?(?<url>https?://[^\\s<>`|]{1,2000}[^\\s<>`|.,:;!?)'\"*_])>?",
    span("strong", "\\*\\*"),
    span("gone", "~~"),
    `(?<![\\p{L}\\p{N}*])\\*(?=[^\\s*])(?<soft>[^*]{1,${longest}}?)(?<=\\S)\\*(?![\\p{L}\\p{N}*])`,
    `(?<![\\p{L}\\p{N}_])_(?=[^\\s_])(?<under>[^_]{1,${longest}}?)(?<=\\S)_(?![\\p{L}\\p{N}_])`,
    "&(?<entity>#\\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,31});",
  ].join("|"),
  "giu",
);

type Groups = Readonly<Record<string, string | undefined>>;

/** Links lead to the web or nowhere. */
export const isSafeTarget = (target: string): boolean => /^(?:https?:\/\/|mailto:|#|\/(?!\/)|[\w.-]+(?:[/#?]|$))/i.test(target);

const link = (target: string, label: Html): Html =>
  isSafeTarget(target) ? markup`<a href="${target}" rel="nofollow noreferrer noopener">${label}</a>` : markup`${label} (${target})`;

type Maker = (groups: Groups, depth: number) => Html;

const nested =
  (name: string, inner: string): Maker =>
  (groups, depth) =>
    new Html(`<${name}>${inline(groups[inner] ?? "", depth + 1).text}</${name}>`);

/** By the group that is there. */
const makers: Readonly<Record<string, Maker>> = {
  literal: ({ literal = "" }) => escaped(literal),
  code: ({ code = "" }) => markup`<code>${/^ .*\S.* $/s.test(code) ? code.slice(1, -1) : code}</code>`,
  // A link in a link would end the outer one.
  label: ({ label = "", target = "" }, depth) => link(target, new Html(inline(label, depth + 1).text.replaceAll(/<\/?a\b[^>]*>/g, ""))),
  url: ({ url = "" }) => link(url, escaped(url)),
  strong: nested("strong", "strong"),
  gone: nested("del", "gone"),
  soft: nested("em", "soft"),
  under: nested("em", "under"),
  entity: ({ entity = "" }) => new Html(`&${entity};`),
};

/** Tags that are allowed, each closed where it was opened; all others are text. */
class Tags {
  readonly #open: string[] = [];
  readonly #known: (name: string) => boolean;

  constructor(known: (name: string) => boolean) {
    this.#known = known;
  }

  take(name: string, isClosing: boolean, written: string): Html {
    if (!this.#known(name)) return escaped(written);
    if (name === "br") return new Html("<br>");
    if (!isClosing) {
      this.#open.push(name);
      return new Html(`<${name}>`);
    }
    if (this.#open.at(-1) !== name) return escaped(written);
    this.#open.pop();
    return new Html(`</${name}>`);
  }

  rest(): string {
    return this.#open
      .splice(0)
      .reverse()
      .map((name) => `</${name}>`)
      .join("");
  }
}

const deepest = 8;

interface Reading {
  readonly text: string;
  /** Html of one match; undefined when it is left as text. */
  readonly shown: (groups: Groups, written: string) => Html | undefined;
}

function pieces({ text, shown }: Reading): string {
  let out = "";
  let at = 0;
  for (const match of text.matchAll(tokens)) {
    const piece = shown(match.groups ?? {}, match[0]);
    if (piece === undefined) continue;
    out += escaped(text.slice(at, match.index)).text + piece.text;
    at = match.index + match[0].length;
  }
  return out + escaped(text.slice(at)).text;
}

const madeBy = (groups: Groups): string | undefined => Object.keys(makers).find((name) => groups[name] !== undefined);

/** One piece of text in Markdown. */
export function inline(text: string, depth = 0): Html {
  if (depth > deepest) return escaped(text);
  const open = new Tags((name) => tags.has(name));
  const shown = (groups: Groups, written: string): Html => {
    if (groups["tag"] !== undefined) return open.take(groups["tag"].toLowerCase(), groups["close"] === "/", written);
    return makers[madeBy(groups) ?? ""]?.(groups, depth) ?? new Html("");
  };
  return new Html(pieces({ text, shown }) + open.rest());
}

/** A line of a block of HTML, where only tags, entities and what is hidden mean something. */
export function inlineHtml(text: string): Html {
  const open = new Tags((name) => tags.has(name) || name === "summary");
  const shown = (groups: Groups, written: string): Html | undefined => {
    if (groups["tag"] !== undefined) return open.take(groups["tag"].toLowerCase(), groups["close"] === "/", written);
    const maker = madeBy(groups);
    if (maker === undefined) return new Html("");
    return maker === "entity" ? makers["entity"]?.(groups, 0) : undefined;
  };
  return new Html(pieces({ text, shown }) + open.rest());
}
