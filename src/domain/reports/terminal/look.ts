import pc from "picocolors";

/** What the door knows of where text goes. */
export interface Look {
  /** Columns of the terminal. */
  readonly width: number;
  readonly color: boolean;
  readonly unicode: boolean;
}

export type Paint = ReturnType<typeof pc.createColors>;

export function painter(look: Pick<Look, "color">): Paint {
  return pc.createColors(look.color);
}

const plain: Readonly<Record<string, string>> = {
  "±": "+/-",
  "−": "-",
  "→": "->",
  "·": "|",
  "…": "...",
  "–": "-",
  "≠": "!=",
  "↧": "<",
  "✔": "ok",
  "✖": "x",
  "⛔": "!!",
  "⚠️": "!",
  "⏳": "..",
  "🔴": "[!]",
  "🟡": "[~]",
  "⚪": "[ ]",
  "●": "*",
  "○": "o",
};
const symbols = new RegExp(Object.keys(plain).join("|"), "gu");

/** Our own symbols in ASCII, for terminals that have no others. Names by others are left as they are. */
export function drawn(text: string, look: Pick<Look, "unicode">): string {
  return look.unicode ? text : text.replace(symbols, (symbol) => plain[symbol] ?? "?");
}
