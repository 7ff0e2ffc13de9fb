import type { CodeOwners, Dialect, OwnerFault, OwnerRule, OwnerSection } from "./code-owners.ts";

interface Line {
  readonly number: number;
  readonly text: string;
}

interface Draft {
  readonly name: string;
  optional: boolean;
  required: number;
  /** Of the heading that was read last: they are for the lines below it. */
  defaults: readonly string[];
  readonly rules: OwnerRule[];
}

const email = /^[^\s@]+@[^\s@]+$/;
const owner: Readonly<Record<Dialect, RegExp>> = {
  github: /^@[A-Za-z0-9][\w.-]*(?:\[bot\])?(?:\/[A-Za-z0-9][\w.-]*)?$/,
  gitlab: /^(?:@[A-Za-z0-9_.][\w.-]*(?:\/[A-Za-z0-9_.][\w.-]*)*|@@(?:developer|maintainer|owner)s?)$/,
};
const isOwner = (word: string, dialect: Dialect): boolean => owner[dialect].test(word) || email.test(word);

/** The pattern up to the first blank that is not escaped, and the words behind it. */
function splitLine(text: string): { readonly pattern: string; readonly words: readonly string[] } {
  const pattern = /^(?:\\.|[^\s\\]|\\$)+/s.exec(text)?.[0] ?? text;
  return {
    pattern,
    words: text
      .slice(pattern.length)
      .split(/\s+/)
      .filter((word) => word !== ""),
  };
}

const unescaped = (pattern: string): string => pattern.replace(/^\\#/, "#").replaceAll(/\\(\s)/g, "$1");

type Read = { readonly rule: OwnerRule; readonly fault?: string } | { readonly fault: string };

/** What gitignore has and GitHub has not. */
function githubFault(pattern: string): string | undefined {
  if (pattern.startsWith("!")) return "GitHub knows no negation with !";
  if (pattern.startsWith("\\#")) return "GitHub does not unescape a leading \\#";
  if (/[[\]]/.test(pattern)) return "GitHub knows no character ranges with [ ]";
  return pattern === "/" ? "the pattern / matches nothing: * is everything" : undefined;
}

function githubLine({ number, text }: Line): Read {
  const { pattern, words } = splitLine(text);
  const comment = words.findIndex((word) => word.startsWith("#"));
  const owners = comment < 0 ? words : words.slice(0, comment);
  const stranger = owners.find((word) => !isOwner(word, "github"));
  const fault = githubFault(pattern) ?? (stranger === undefined ? undefined : `"${stranger}" is no @login, @organisation/team or e-mail address`);
  return fault === undefined ? { rule: { line: number, pattern: unescaped(pattern), owners, excludes: false } } : { fault };
}

/** GitLab goes on with the owners that it understands. */
function gitlabLine({ number, text }: Line, defaults: readonly string[]): Read {
  const excludes = text.startsWith("!");
  const { pattern, words } = splitLine(excludes ? text.slice(1) : text);
  if (pattern === "") return { fault: "there is no path behind the !" };
  if (excludes) return { rule: { line: number, pattern: unescaped(pattern), owners: [], excludes } };
  const written = words.filter((word) => isOwner(word, "gitlab"));
  const owners = words.length === 0 ? defaults : written;
  const stranger = words.find((word) => !isOwner(word, "gitlab"));
  const rule = { line: number, pattern: unescaped(pattern), owners, excludes };
  if (stranger !== undefined) return { rule, fault: `"${stranger}" is no @login, @group, @@role or e-mail address` };
  return owners.length === 0 ? { rule, fault: "nobody is named, so that nobody has to approve" } : { rule };
}

interface Heading {
  readonly name: string;
  readonly optional: boolean;
  readonly required: number;
  readonly defaults: readonly string[];
  readonly fault?: string;
}

/** `^[Name][2] @ann`. undefined: no heading; GitLab reads a broken one as a path. */
function heading(text: string): Heading | undefined {
  const [, mark, name = "", count, rest = ""] = /^(\^)?\[([^\]]*)\](?:\[(-?\d*)\])?(?:\s+(.*))?$/s.exec(text) ?? [];
  if (name.trim() === "") return undefined;
  const optional = mark !== undefined;
  const asked = count === undefined ? 1 : Number(count);
  const defaults = rest.split(/\s+/).filter((word) => isOwner(word, "gitlab"));
  const isNoNumber = count !== undefined && !(asked >= 1);
  const fault = isNoNumber ? `[${count}] is no number of approvals: 1 is asked for` : optional && asked > 1 ? "an optional section asks for nobody" : undefined;
  return { name: name.trim(), optional, required: asked >= 1 ? asked : 1, defaults, ...(fault === undefined ? {} : { fault }) };
}

/** Sections of one name are one: it is optional only when each of its headings says so. */
function enter(sections: Draft[], found: Heading): Draft {
  const known = sections.find(({ name }) => name.toLowerCase() === found.name.toLowerCase());
  if (known === undefined) {
    const { name, optional, required, defaults } = found;
    const draft: Draft = { name, optional, required, defaults, rules: [] };
    sections.push(draft);
    return draft;
  }
  known.optional &&= found.optional;
  known.required = Math.max(known.required, found.required);
  known.defaults = found.defaults;
  return known;
}

function linesOf(text: string): readonly Line[] {
  return text
    .split(/\r\n|\r|\n/)
    .map((line, index) => ({ number: index + 1, text: line.trim() }))
    .filter((line) => line.text !== "" && !line.text.startsWith("#"));
}

/** Reads a CODEOWNERS file as its host does: what the host skips is skipped, and told as a fault. */
export function parseCodeOwners(text: string, path: string, dialect: Dialect): CodeOwners {
  const faults: OwnerFault[] = [];
  const first: Draft = { name: "", optional: false, required: 1, defaults: [], rules: [] };
  const drafts: Draft[] = [first];
  let current = first;
  for (const line of linesOf(text.replace(/^\uFEFF/, ""))) {
    const found = dialect === "gitlab" ? heading(line.text) : undefined;
    if (found !== undefined) current = enter(drafts, found);
    const isBroken = dialect === "gitlab" && found === undefined && /^\^?\[/.test(line.text);
    const read =
      found ?? (isBroken ? { fault: "this is no heading of a section" } : dialect === "github" ? githubLine(line) : gitlabLine(line, current.defaults));
    if (read.fault !== undefined) faults.push({ line: line.number, what: read.fault });
    if ("rule" in read) current.rules.push(read.rule);
  }
  const sections = drafts
    .map(({ name, optional, required, rules }): OwnerSection => ({ name, optional, required, rules }))
    .filter(({ rules }) => rules.length > 0);
  return { path, dialect, sections, faults };
}
