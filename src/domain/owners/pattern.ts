import type { Dialect } from "./code-owners.ts";

const literal = (character: string): string => character.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&");

/** `[a-z]`, `[!a]`, `[^a]` up to its end; undefined where it has none. Never a slash. */
function characterSet(glob: string, from: number): { readonly source: string; readonly next: number } | undefined {
  const negated = glob[from + 1] === "!" || glob[from + 1] === "^";
  const start = from + (negated ? 2 : 1);
  const end = glob.indexOf("]", start + 1);
  if (end < 0 || glob.slice(start, end).includes("/")) return undefined;
  const inner = glob.slice(start, end).replaceAll(/[\\^\]]/g, "\\$&");
  return { source: `(?!/)[${negated ? "^" : ""}${inner}]`, next: end + 1 };
}

/** One segment, in which nothing matches a slash. */
function segmentSource(glob: string, sets: boolean): string {
  let source = "";
  for (let at = 0; at < glob.length; at++) {
    const character = glob[at] ?? "";
    if (character === "\\" && at + 1 < glob.length) source += literal(glob[++at] ?? "");
    else if (character === "*") source += source.endsWith("[^/]*") ? "" : "[^/]*";
    else if (character === "?") source += "[^/]";
    else {
      const set = character === "[" && sets ? characterSet(glob, at) : undefined;
      source += set?.source ?? literal(character);
      if (set !== undefined) at = set.next - 1;
    }
  }
  return source;
}

/**
 * As gitignore has it (anchored by a slash inside, `**` for any depth, a folder with all that is below), with GitHub's difference: a last segment
 * that is nothing but `*` does not reach below the folder.
 */
function githubSource(pattern: string): string {
  const isFolder = pattern.endsWith("/");
  const bare = isFolder ? pattern.slice(0, -1) : pattern;
  const isAnchored = bare.includes("/");
  const segments = bare.replace(/^\//, "").split("/");
  const last = segments.length - 1;
  let source = isAnchored ? "" : "(?:.*/)?";
  for (const [index, segment] of segments.entries()) {
    const isLast = index === last;
    if (segment === "**") source += isLast ? ".+" : "(?:.*/)?";
    else source += `${segment === "*" ? "[^/]+" : segmentSource(segment, false)}${isLast ? "" : "/"}`;
  }
  if (isFolder) return `${source}/.+`;
  const reachesBelow = segments[last] !== "**" && !(isAnchored && segments[last] === "*");
  return reachesBelow ? `${source}(?:/.*)?` : source;
}

/** As GitLab puts it to fnmatch with path names and dot files: not anchored without a leading slash, a folder only with a slash at its end. */
function gitlabSource(pattern: string): string {
  const rooted = pattern.startsWith("/") ? pattern : `/**/${pattern}`;
  const whole = rooted.endsWith("/") ? `${rooted}**/*` : rooted;
  const segments = whole.slice(1).split("/");
  return segments
    .map((segment, index) => {
      const isLast = index === segments.length - 1;
      if (segment === "**" && !isLast) return "(?:.*/)?";
      // A star that stands alone stands for a name, and a name is not empty.
      const source = /^\*+$/.test(segment) ? "[^/]+" : segmentSource(segment, true);
      return isLast ? source : `${source}/`;
    })
    .join("");
}

/** A range the wrong way round matches nothing, as for fnmatch. */
function expressionOf(source: string): RegExp | undefined {
  try {
    return new RegExp(`^${source}$`, "su");
  } catch {
    return undefined;
  }
}

/** Does the pattern cover a file of this repository path? */
export function patternMatcher(pattern: string, dialect: Dialect): (path: string) => boolean {
  const source = dialect === "github" ? githubSource(pattern) : gitlabSource(pattern);
  const expression = expressionOf(source);
  return (path) => expression?.test(path) === true;
}
