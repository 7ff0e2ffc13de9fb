import { didYouMean } from "../../base/problem/index.ts";
import { commandLines, type CommandLine } from "./lines.ts";
import { isVerb, verbNames, verbs, type Command, type Verb, type VerbFacts } from "./verbs.ts";
import { lookalike, wordsOf, type Fault, type Word } from "./words.ts";

/** Commands of one comment that are executed; what follows is refused in words. */
export const mostCommands = 5;
/** Lines that are answered one by one; of more only the number is told. */
const mostAnswered = 10;
const longestLine = 1_000;
const longestText = 300;
const namePattern = /^[a-z][a-z0-9-]{0,39}$/;

export interface WrittenCommand {
  readonly kind: "command";
  readonly line: number;
  readonly command: Command;
}

export interface RefusedLine extends Fault {
  readonly kind: "refused";
  readonly line: number;
  /** As written, cut to a readable length. */
  readonly written: string;
}

/** What a comment asks for, in its order. `left`: lines beyond those that are answered one by one. */
export interface ParsedComment {
  readonly lines: readonly (WrittenCommand | RefusedLine)[];
  readonly left: number;
}

const help = "See what can be said with: /trueup help";
const isFault = (value: object): value is Fault => "what" in value;

interface Draft {
  readonly verb: Verb;
  readonly environments: string[];
  stack?: string;
  text?: string;
  fix?: true;
  finding?: string;
  until?: string;
}

function flagsOf(verb: Verb): readonly string[] {
  const facts: VerbFacts = verbs[verb];
  const flags = {
    "--env": facts.environments !== "none",
    "--stack": facts.stack !== false,
    "--fix": verb === "drift",
    "--finding": facts.finding !== undefined,
    "--until": facts.until !== undefined,
  };
  return Object.entries(flags).flatMap(([flag, isKnown]) => (isKnown ? [flag] : []));
}

function unknownFlag(verb: Verb, flag: string): Fault {
  const known = flagsOf(verb);
  const [name = "", value] = flag.split("=", 2);
  if (value !== undefined && known.includes(name)) return { what: `"${flag}" is not how a flag is written here`, todo: `Write: ${name} ${value}` };
  const todo = known.length === 0 ? `${verb} takes no flags.` : `${didYouMean(flag, known)} ${verb} takes ${known.join(", ")}.`.trim();
  return { what: `${verb} knows no flag "${flag}"`, todo };
}

function setName(draft: Draft, flag: "--env" | "--stack", word: Word | undefined): Fault | undefined {
  if (word?.kind !== "bare" || !namePattern.test(word.text)) {
    const got = word === undefined ? "nothing" : `"${word.text}"`;
    return { what: `${flag} wants a name, not ${got}`, todo: "Names are lower-case letters, digits and hyphens, at most 40, and begin with a letter." };
  }
  if (flag === "--env") {
    if (!draft.environments.includes(word.text)) draft.environments.push(word.text);
    return undefined;
  }
  if (draft.stack !== undefined && draft.stack !== word.text)
    return { what: "--stack is given twice", todo: "Name one stack, or leave it out for all; or write two lines." };
  draft.stack = word.text;
  return undefined;
}

function setText(draft: Draft, text: string): Fault | undefined {
  const { verb } = draft;
  if (verbs[verb].text === "none") return { what: `${verb} takes no text`, todo: "Leave it out, or write it on a line of its own." };
  if (draft.text !== undefined) return { what: "two texts are given", todo: "Put the whole reason into one pair of quotes." };
  if (text.trim() === "") return { what: "the text in the quotes is empty", todo: 'Say why: "deploying by hand until noon".' };
  if (text.length > longestText) return { what: `the text has more than ${longestText} characters`, todo: "Say it shorter." };
  draft.text = text;
  return undefined;
}

const written = {
  "--finding": {
    key: "finding",
    pattern: /^[0-9a-f]{8}$/,
    wants: "the id of a finding",
    todo: "It has eight characters, such as 3fa9c1d2; trueup drift and the drift issue show it.",
  },
  "--until": { key: "until", pattern: /^\d{4}-\d{2}-\d{2}$/, wants: "a date", todo: "Write it like --until 2026-12-01." },
} as const;

const isWritten = (flag: string): flag is keyof typeof written => Object.hasOwn(written, flag);

function setWritten(draft: Draft, flag: keyof typeof written, word: Word | undefined): Fault | undefined {
  const { key, pattern, wants, todo } = written[flag];
  if (word?.kind !== "bare" || !pattern.test(word.text))
    return { what: `${flag} wants ${wants}, not ${word === undefined ? "nothing" : `"${word.text}"`}`, todo };
  if (draft[key] !== undefined && draft[key] !== word.text) return { what: `${flag} is given twice`, todo: "Give one; or write two lines." };
  draft[key] = word.text;
  return undefined;
}

/** A flag with the word behind it; undefined: it is none of this verb. */
function takeValued(draft: Draft, flag: string, word: Word | undefined): Fault | 2 | undefined {
  if (!flagsOf(draft.verb).includes(flag)) return undefined;
  if (flag === "--env" || flag === "--stack") return setName(draft, flag, word) ?? 2;
  return isWritten(flag) ? (setWritten(draft, flag, word) ?? 2) : undefined;
}

/** Takes one word, and its value where it has one; how many were taken. */
function take(draft: Draft, words: readonly Word[], at: number): number | Fault {
  const word = words[at];
  if (word === undefined) return 1;
  if (word.kind === "quoted") return setText(draft, word.text) ?? 1;
  const valued = takeValued(draft, word.text, words[at + 1]);
  if (valued !== undefined) return valued;
  if (word.text === "--fix" && draft.verb === "drift") {
    draft.fix = true;
    return 1;
  }
  const odd = lookalike(word.text);
  if (odd !== undefined) return odd;
  if (word.text.startsWith("-")) return unknownFlag(draft.verb, word.text);
  return { what: `${draft.verb} takes no word "${word.text}"`, todo: wordHint(draft.verb, word.text) };
}

function wordHint(verb: Verb, word: string): string {
  if (verbs[verb].text !== "none") return `Texts stand in quotes: /trueup ${verb} "why". An environment is named with --env.`;
  return namePattern.test(word) && verbs[verb].environments !== "none"
    ? `Is it an environment? /trueup ${verb} --env ${word}`
    : "Write nothing else on the line.";
}

const examples = { stack: "--stack shop", finding: "--finding 3fa9c1d2", until: "--until 2026-12-01" } as const;

/** What a verb cannot do without. */
function lacking(draft: Draft): Fault | undefined {
  const { verb, text } = draft;
  const facts: VerbFacts = verbs[verb];
  const example = `Write: /trueup ${verb}${facts.text === "needed" ? ' "why"' : ""}`;
  if (facts.text === "needed" && text === undefined) return { what: `${verb} wants to know why`, todo: example };
  const needed = (["stack", "finding", "until"] as const).filter((key) => facts[key] === "needed");
  const missing = needed.find((key) => draft[key] === undefined);
  return missing === undefined ? undefined : { what: `${verb} wants --${missing}`, todo: [example, ...needed.map((key) => examples[key])].join(" ") };
}

function parseWords([first, ...words]: readonly Word[]): Command | Fault {
  if (first === undefined) return { what: "it names no command", todo: help };
  if (first.kind === "quoted" || !isVerb(first.text))
    return { what: `there is no command "${first.text}"`, todo: `${didYouMean(first.text, verbNames)} ${help}`.trim() };
  const draft: Draft = { verb: first.text, environments: [] };
  for (let at = 0; at < words.length;) {
    const taken = take(draft, words, at);
    if (typeof taken !== "number") return taken;
    at += taken;
  }
  return lacking(draft) ?? draft;
}

function parseLine(text: string): Command | Fault {
  if (text.length > longestLine) return { what: `the line has more than ${longestLine} characters`, todo: "Say it shorter." };
  const words = wordsOf(text.slice("/trueup".length));
  return isFault(words) ? words : parseWords(words);
}

function readLine({ line, text, unclear }: CommandLine): WrittenCommand | RefusedLine {
  const parsed = unclear === undefined ? parseLine(text) : { what: unclear, todo: "Put an empty line before the command, and nothing unfinished above it." };
  return isFault(parsed) ? { kind: "refused", line, written: text.slice(0, 120), ...parsed } : { kind: "command", line, command: parsed };
}

/**
 * Reads a comment by a closed grammar: lines that begin with `/trueup`, a verb, `--env NAME` (repeatable), `--stack NAME`, one text in plain
 * quotes. Code, quotes and hidden text are not read. What is not understood is never guessed: it becomes a refused line. Never throws; linear
 * in the length of the body.
 */
export function parseComment(body: string): ParsedComment {
  const found = commandLines(body);
  let commands = 0;
  const lines = found.slice(0, mostAnswered).map((each) => {
    const read = readLine(each);
    if (read.kind === "refused" || ++commands <= mostCommands) return read;
    const fault = { what: `a comment gives at most ${mostCommands} commands`, todo: "Write it in a comment of its own." };
    return { kind: "refused" as const, line: each.line, written: each.text.slice(0, 120), ...fault };
  });
  return { lines, left: found.length - lines.length };
}

/** The command as a line that parses back to it. */
export function printCommand(command: Command): string {
  const words = [
    "/trueup",
    command.verb,
    ...(command.text === undefined ? [] : [`"${command.text}"`]),
    ...command.environments.flatMap((name) => ["--env", name]),
    ...(command.stack === undefined ? [] : ["--stack", command.stack]),
    ...(command.fix === true ? ["--fix"] : []),
    ...(command.finding === undefined ? [] : ["--finding", command.finding]),
    ...(command.until === undefined ? [] : ["--until", command.until]),
  ];
  return words.join(" ");
}
