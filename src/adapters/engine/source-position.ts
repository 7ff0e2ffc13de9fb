import { isAbsolute, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Folders that repository paths are told relative to. Absolute. */
export interface Folders {
  readonly repositoryRoot: string;
  readonly project: string;
}

function inside(root: string, path: string): string | undefined {
  const short = relative(root, path);
  return short === "" || short.startsWith("..") || isAbsolute(short) || short.includes("node_modules/") ? undefined : short;
}

/** The `sourcePosition` of a resource in the state (`project:///stacks/a.ts#12,3`, project-relative) as `path:line` of the repository. */
export function repositoryPosition(position: string, { repositoryRoot, project }: Folders): string | undefined {
  const match = /^(project|file):\/\/\/?([^#]+)#(\d+)/.exec(position);
  if (match === null) return undefined;
  const [, scheme, path = "", line] = match;
  const absolute = scheme === "project" ? resolve(project, decodeURIComponent(path.replace(/^\/+/, ""))) : resolve("/", path);
  const short = inside(repositoryRoot, absolute);
  return short === undefined ? undefined : `${short}:${line}`;
}

const mention = /(file:\/\/\/[^\s'"()]+?|\/[^\s'"():]+|(?:\.{1,2}\/)?[\w@][\w@./-]*)\.([cm]?[jt]sx?):(\d+)(?::\d+)?/g;

/** The first `path:line` of the repository's own code that a text names. */
export function mentionedSource(text: string, { repositoryRoot, project }: Folders): string | undefined {
  for (const [, stem = "", ending, line] of text.matchAll(mention)) {
    const path = stem.startsWith("file:") ? fileURLToPath(`${stem}.${ending}`) : `${stem}.${ending}`;
    const short = inside(repositoryRoot, resolve(project, path));
    if (short !== undefined) return `${short}:${line}`;
  }
  return undefined;
}
