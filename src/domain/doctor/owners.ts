import { demandedOwners, namedOwners, namelessOwners, type CodeOwners } from "../owners/index.ts";
import { About, type Finding, type Looked } from "./finding.ts";

/** What the forge says of one owner. `unsaid`: it does not say (teams, where they cannot be asked). */
export type OwnerStanding = "may write" | "may not write" | "unsaid";

export interface OwnersFacts {
  readonly branch: string;
  /** Environments of the branch whose `approvals.codeOwners` is true, or whose host asks for owners at the merge. */
  readonly askedBy: readonly string[];
  readonly read: { readonly kind: "read"; readonly file: CodeOwners } | { readonly kind: "none" | "unreadable"; readonly what: string };
  /** Undefined: there is no forge to ask. */
  readonly standings: ReadonlyMap<string, Looked<OwnerStanding>> | undefined;
  /** Per folder that trueup acts on, the files that are there. */
  readonly folders: Readonly<Record<string, readonly string[]>>;
}

const missingTodo = "Give these paths an owner: whoever may change them decides what is applied, and by which rules.";

function coverage({ folders }: OwnersFacts, file: CodeOwners, about: About): Finding {
  const wanted = { ...folders, [file.path]: [file.path] };
  const owned = new Set(demandedOwners(file, Object.values(wanted).flat()).flatMap(({ paths }) => paths));
  const bare = Object.entries(wanted).flatMap(([folder, paths]) => {
    const open = paths.filter((path) => !owned.has(path));
    if (open.length === 0) return [];
    return [open.length === paths.length ? folder : `${open[0]}${open.length === 1 ? "" : ` and ${open.length - 1} more of ${folder}`}`];
  });
  return bare.length > 0 ? about.wrong(`nobody owns ${bare.join(", ")}`, missingTodo) : about.right(`it covers ${Object.keys(wanted).join(", ")}`);
}

function standingFinding(name: string, looked: Looked<OwnerStanding> | undefined, about: About): Finding | undefined {
  const todo = `Name somebody else in its place, or give ${name} the right to write.`;
  if (looked === undefined) return undefined;
  if ("problem" in looked) return about.unknown(`whether ${name} may write cannot be seen: ${looked.problem.what}`, looked.problem.todo);
  if (looked.value === "may write") return undefined;
  if (looked.value === "unsaid") return about.unknown(`whether ${name} exists and may write is not told`, "See it in the host's settings.");
  return about.wrong(`${name} does not exist, or may not write: an approval of theirs counts for nothing`, todo);
}

function people({ standings }: OwnersFacts, file: CodeOwners, about: About): readonly Finding[] {
  const names = namedOwners(file);
  const nameless = namelessOwners(names).map((name) =>
    about.wrong(`${name} is an e-mail address, and no forge says whose`, "Write the login in its place: approvals are told by login."),
  );
  if (standings === undefined)
    return [...nameless, about.unknown(`whether ${names.length} owners exist and may write: there is no forge to ask`, "Set TRUEUP_FORGE_TOKEN.")];
  const found = names.flatMap((name) => standingFinding(name, standings.get(name), about) ?? []);
  const good = names.filter((name) => {
    const looked = standings.get(name);
    return looked !== undefined && "value" in looked && looked.value === "may write";
  });
  return [...(good.length === 0 ? [] : [about.right(`${good.join(", ")} may write`)]), ...nameless, ...found];
}

/** CODEOWNERS of one environment branch. Where nobody asks for owners its absence is no fault. */
export function ownersFindings(facts: OwnersFacts): readonly Finding[] {
  const { branch, askedBy, read } = facts;
  const about = new About("owners", branch);
  if (read.kind !== "read") {
    if (askedBy.length > 0)
      return [about.wrong(`${read.what}, and ${askedBy.join(", ")} asks for owners`, "Write CODEOWNERS and merge it, or set approvals.codeOwners to false.")];
    if (read.kind === "unreadable") return [about.wrong(read.what, "Put a plain file there.")];
    return [about.advice("there is no CODEOWNERS: anybody who may approve may approve everything", "Write one, and set approvals.codeOwners.")];
  }
  const { file } = read;
  const place = new About("owners", `${file.path} of ${branch}`);
  const faults = file.faults.map(({ line, what }) => place.wrong(`line ${line}: ${what}`, "Mend the line: the host skips what it does not understand."));
  return [...(faults.length === 0 ? [place.right("it parses")] : faults), coverage(facts, file, place), ...people(facts, file, place)];
}
