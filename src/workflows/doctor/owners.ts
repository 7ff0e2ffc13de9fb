import type { Forge } from "../../adapters/forges/index.ts";
import type { Looked, OwnersFacts, OwnerStanding } from "../../domain/doctor/index.ts";
import { loginOf, namedOwners, namelessOwners, type Dialect } from "../../domain/owners/index.ts";
import { readCodeOwners, type Estate } from "../estate/index.ts";
import { look } from "./look.ts";

const writers: readonly string[] = ["write", "maintain", "admin"];
/** What decides what is applied, and by which rules. */
const folders = ["environments", "stacks", "policies"] as const;

async function standingOf(forge: Forge, name: string): Promise<OwnerStanding> {
  const login = loginOf(name);
  if (login === undefined) return "unsaid";
  const { permission } = await forge.person(login, []);
  if (writers.includes(permission)) return "may write";
  // On GitLab a group's name looks like a person's.
  return forge.name === "gitlab" && permission === "none" ? "unsaid" : "may not write";
}

async function standingsOf(forge: Forge, names: readonly string[]): Promise<ReadonlyMap<string, Looked<OwnerStanding>>> {
  const found = new Map<string, Looked<OwnerStanding>>();
  for (const name of names) found.set(name, await look(name, () => standingOf(forge, name)));
  return found;
}

export interface OwnersQuestion {
  readonly branch: string;
  readonly head: string;
  readonly askedBy: readonly string[];
  readonly dialect: Dialect;
}

export async function ownersFacts(estate: Estate, forge: Forge | undefined, question: OwnersQuestion): Promise<OwnersFacts> {
  const { branch, head, askedBy, dialect } = question;
  const { repository } = estate;
  const read = await readCodeOwners(repository, head, dialect);
  const listed = await Promise.all(folders.map(async (folder) => [`${folder}/`, (await repository.list(head, folder)).map(({ path }) => path)] as const));
  const names = read.kind === "read" ? namedOwners(read.file) : [];
  const asked = names.filter((name) => !namelessOwners(names).includes(name) && !name.startsWith("@@"));
  return {
    branch,
    askedBy,
    read,
    folders: Object.fromEntries(listed.filter(([, paths]) => paths.length > 0)),
    standings: forge === undefined ? undefined : await standingsOf(forge, asked),
  };
}
