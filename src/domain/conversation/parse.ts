import { didYouMean } from "../../base/problem/index.ts";
import { commandLines, type CommandLine } from "./lines.ts";
import { isVerb, verbNames, verbs, type Command, type Verb } from "./verbs.ts";
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
}

function flagsOf(verb: Verb): readonly string[] {
  const facts = verbs[verb];
  return [...(facts.environments === "none" ? [] : ["--env"]), ...(facts.stack ? ["--stack"] : []), ...(verb === "drift" ? ["--fix"] : [])];
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

/** Takes one word, and its value where it has one; how many were taken. */
function take(draft: Draft, words: readonly Word[], at: number): number | Fault {
  const word = words[at];
  if (word === undefined) return 1;
  if (word.kind === "quoted") return setText(draft, word.text) ?? 1;
  if ((word.text === "--env" || word.text === "--stack") && flagsOf(draft.verb).includes(word.text)) return setName(draft, word.text, words[at + 1]) ?? 2;
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
  if (verbs[draft.verb].text === "needed" && draft.text === undefined)
    return { what: `${draft.verb} wants to know why`, todo: `Write: /trueup ${draft.verb} "why"` };
  return draft;
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
  ];
  return words.join(" ");
}
