import type { Dialect } from "./code-owners.ts";

const literal = (character: string): string => character.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&");

const sets = /\[[!^]?[^/][^\]/]*\]/su.source;
const parts: Readonly<Record<Dialect, RegExp>> = {
  github: /\\.|\*+|./gsu,
  gitlab: new RegExp(`\\\\.|\\*+|${sets}|.`, "gsu"),
};

/** `[a-z]`, `[!a]`, `[^a]`: one character, never a slash. */
function setSource(set: string): string {
  const isNegated = set[1] === "!" || set[1] === "^";
  return `(?!/)[${isNegated ? "^" : ""}${set.slice(isNegated ? 2 : 1, -1).replaceAll(/[\\^\]]/g, "\\$&")}]`;
}

/** One segment, in which nothing matches a slash. */
function segmentSource(glob: string, dialect: Dialect): string {
  return glob.replaceAll(parts[dialect], (part) => {
    if (part.startsWith("*")) return "[^/]*";
    if (part === "?") return "[^/]";
    if (part.length > 1 && part.startsWith("[")) return setSource(part);
    return literal(part.length > 1 && part.startsWith("\\") ? part.slice(1) : part);
  });
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
    else source += `${segment === "*" ? "[^/]+" : segmentSource(segment, "github")}${isLast ? "" : "/"}`;
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
      const source = /^\*+$/.test(segment) ? "[^/]+" : segmentSource(segment, "gitlab");
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
