import type { Sha } from "../../adapters/git/index.ts";
import { configLiterals, jsonLiterals, scriptLiterals, type Literal, type Moved } from "../../domain/changes/index.ts";
import { environmentFile, type StackDeclaration } from "../../domain/environments/index.ts";
import type { Estate } from "../estate/index.ts";

/** A literal of a file that may be where a value comes from. `isOurs`: a file that machines edit. */
export interface Place {
  readonly file: string;
  readonly isOurs: boolean;
  readonly literal: Literal;
}

interface Source {
  readonly file: string;
  readonly isOurs: boolean;
  readonly read: (text: string) => readonly Literal[];
}

/** The last part of `organisation/project/stack`. */
const shortName = (pulumiStack: string): string => pulumiStack.split("/").at(-1) ?? pulumiStack;

function configFiles(environment: string, { kind, name, path, pulumiStack }: StackDeclaration): readonly string[] {
  if (kind === "project") return [`${path}/Pulumi.${shortName(pulumiStack)}.yaml`];
  return [`environments/${environment}/${name}.yaml`, `environments/Pulumi.${pulumiStack}.yaml`];
}

/** In the order in which they are tried: what machines edit first. */
function sourcesOf(environment: string, stack: StackDeclaration, { moved, path }: { readonly moved: Moved; readonly path: string }): readonly Source[] {
  return [
    { file: `environments/${environment}/values.json`, isOurs: true, read: (text) => jsonLiterals(text, moved, path) },
    ...configFiles(environment, stack).map((file) => ({ file, isOurs: true, read: (text: string) => configLiterals(text, moved, path) })),
    { file: environmentFile(environment), isOurs: false, read: (text) => scriptLiterals(text, moved) },
  ];
}

/** The text of a plain file: a link is another file's name, and is read there. */
async function textOf(estate: Estate, commit: Sha, file: string): Promise<string | undefined> {
  const [entry] = await estate.repository.list(commit, file);
  if (entry === undefined || entry.path !== file || !entry.mode.startsWith("100")) return undefined;
  return (await estate.repository.readBlob(entry.blob)).toString("utf8");
}

export interface PlacesQuestion {
  readonly environment: string;
  readonly stack: StackDeclaration;
  /** Files that were changed already. */
  readonly files: Readonly<Record<string, string>>;
  readonly moved: Moved;
  readonly path: string;
}

/** Everything that stands in the environment's files as the property was, the likeliest first. */
export async function placesIn(estate: Estate, commit: Sha, question: PlacesQuestion): Promise<readonly Place[]> {
  const places: Place[] = [];
  for (const { file, isOurs, read } of sourcesOf(question.environment, question.stack, question)) {
    const text = question.files[file] ?? (await textOf(estate, commit, file));
    if (text !== undefined) places.push(...read(text).map((literal) => ({ file, isOurs, literal })));
  }
  return places;
}
