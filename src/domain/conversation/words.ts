/** One word of a command line. */
export interface Word {
  readonly kind: "bare" | "quoted";
  readonly text: string;
}

/** Why something is not understood, and what to do about it. Both are texts by us in which texts by others stand: escape before printing. */
export interface Fault {
  readonly what: string;
  readonly todo: string;
}

const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const oddBlank = /(?! )\p{Zs}/u;
const wordOrQuote = /[ \t]*(?:"([^"]*)"|([^ \t"]+))(?=[ \t]|$)/y;

const spelled = (character: string): string => `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;

function oddCharacter(line: string): Fault | undefined {
  const plain = line.replaceAll("\t", " ");
  const hidden = invisible.exec(plain)?.[0];
  if (hidden !== undefined) return { what: `it holds the invisible character ${spelled(hidden)}`, todo: "Type the line again instead of pasting it." };
  const blank = oddBlank.exec(plain)?.[0];
  return blank === undefined ? undefined : { what: `it holds the blank ${spelled(blank)}, which is no space`, todo: "Type the line again with plain spaces." };
}

/** Splits what follows `/trueup`. Quotes have no escapes: a quoted text is everything up to the next `"`. */
export function wordsOf(line: string): readonly Word[] | Fault {
  const odd = oddCharacter(line);
  if (odd !== undefined) return odd;
  const words: Word[] = [];
  const end = line.trimEnd().length;
  const reader = new RegExp(wordOrQuote);
  while (reader.lastIndex < end) {
    const match = reader.exec(line);
    if (match === null) return { what: 'its quotes (") do not fit', todo: 'Put the whole text into one pair of quotes: "why".' };
    const [, quoted, bare = ""] = match;
    words.push(quoted === undefined ? { kind: "bare", text: bare } : { kind: "quoted", text: quoted });
  }
  return words;
}

/** What phones and word processors make of quotes and hyphens. */
export function lookalike(word: string): Fault | undefined {
  if (/^[“”„«»‘’‚'`]/u.test(word)) return { what: `"${word[0] ?? ""}" is no plain quote`, todo: 'Write the text in plain quotes: "why".' };
  if (/^[‐‑‒–—―−-][‐‑‒–—―−]|^[‐‑‒–—―−]/u.test(word))
    return { what: `"${word.slice(0, 20)}" does not begin with two plain hyphens`, todo: "Write --env or --stack." };
  return undefined;
}
