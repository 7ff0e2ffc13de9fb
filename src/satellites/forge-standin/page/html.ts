/** HTML that may be sent as it is. Only `markup` and `escaped` make it from text, so that text by others cannot become markup by accident. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

const signs: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Characters that HTML must not hold become the replacement character; those that turn text around are shown by number. */
export const escaped = (text: string): Html =>
  new Html(
    text
      .toWellFormed()
      .replaceAll(/[&<>"']/g, (sign) => signs[sign] ?? "")
      // oxlint-disable-next-line no-control-regex -- they are what is taken out
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, "\ufffd")
      .replaceAll(/[\u202a-\u202e\u2066-\u2069]/g, (turn) => `⟨U+${turn.codePointAt(0)?.toString(16).toUpperCase()}⟩`),
  );

type Part = Html | string | number | undefined | readonly (Html | string)[];

const textOf = (part: Part): string => {
  if (part === undefined) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "string" || typeof part === "number") return escaped(String(part)).text;
  return part.map(textOf).join("");
};

/** Markup with values put in, each escaped unless it is HTML already. */
export function markup(pieces: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(pieces.map((piece, at) => piece + textOf(parts[at])).join(""));
}

export const joined = (parts: readonly Html[], between = ""): Html => new Html(parts.map(({ text }) => text).join(between));
