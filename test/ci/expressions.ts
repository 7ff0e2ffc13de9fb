import { Evaluator, Lexer, Parser, data } from "@actions/expressions";

/** What expressions can name: `github`, `vars`, `secrets`, `steps`, `inputs`, `runner`. */
export type Contexts = Readonly<Record<string, unknown>>;

/** By GitHub's own evaluator. */
function evaluated(text: string, contexts: Contexts): string {
  const parsed = new Parser(new Lexer(text).lex().tokens, Object.keys(contexts), []).parse();
  const known = JSON.parse(JSON.stringify(contexts), data.reviver) as data.Dictionary;
  return new Evaluator(parsed, known).evaluate().coerceString();
}

/** Whether a condition holds, with or without the marks of an expression around it; a condition that is left out does. */
export function holds(text: string | undefined, contexts: Contexts): boolean {
  const bare = text?.replace(/^\$\{\{(.*)\}\}$/s, "$1");
  return bare === undefined || evaluated(`!(!(${bare}))`, contexts) === "true";
}

/** Text with every expression in it replaced by its value. */
export function filledIn(text: unknown, contexts: Contexts): string {
  return String(text).replaceAll(/\$\{\{(.*?)\}\}/gs, (_, inner: string) => evaluated(inner, contexts));
}

export function allFilledIn(texts: Readonly<Record<string, unknown>> | undefined, contexts: Contexts): Record<string, string> {
  return Object.fromEntries(Object.entries(texts ?? {}).map(([name, text]) => [name, filledIn(text, contexts)]));
}
