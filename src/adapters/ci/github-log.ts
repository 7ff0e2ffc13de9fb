import type { CiAnnotation } from "./output.ts";

const data: readonly (readonly [string, string])[] = [
  ["%", "%25"],
  ["\r", "%0D"],
  ["\n", "%0A"],
];
const property: typeof data = [...data, [":", "%3A"], [",", "%2C"]];

function escaped(text: string, pairs: typeof data): string {
  return pairs.reduce((so, [token, instead]) => so.replaceAll(token, instead), text);
}

/** One workflow command as a line of its own. Names are ours; properties and text may come from anywhere. */
export function githubCommand(name: string, text: string, properties: Readonly<Record<string, string>> = {}): string {
  const given = Object.entries(properties).map(([key, value]) => `${key}=${escaped(value, property)}`);
  return `::${name}${given.length === 0 ? "" : ` ${given.join(",")}`}::${escaped(text, data)}\n`;
}

export function githubAnnotation({ level, title, message, file, line }: CiAnnotation): string {
  return githubCommand(level, message, {
    ...(file === undefined ? {} : { file }),
    ...(file === undefined || line === undefined ? {} : { line: String(line) }),
    title,
  });
}

/**
 * The runner takes `::name::` at the start of a line, white space before it notwithstanding, and the older `##[name]` anywhere in one; a lone
 * carriage return ends a line for it too. A backslash keeps both readable and makes them text.
 */
export function harmlessForGithub(text: string): string {
  return text.replace(/^((?:[^\S\r\n]|\u0085)*)::/gm, "$1\\::").replaceAll("##[", "##\\[");
}
