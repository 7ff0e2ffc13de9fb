import type { CodeOwners, OwnerRule, OwnerSection } from "./code-owners.ts";
import { patternMatcher } from "./pattern.ts";

/** People of whom some must approve, and the files because of which. */
export interface OwnerDemand {
  /** "" where the file has no sections. */
  readonly section: string;
  readonly line: number;
  readonly owners: readonly string[];
  readonly required: number;
  readonly paths: readonly string[];
}

type Matched = OwnerRule & { readonly matches: (path: string) => boolean };

/** The last line that matches decides; in a section an exclusion decides before all. */
function deciding(rules: readonly Matched[], path: string): OwnerRule | undefined {
  const matching = rules.filter((rule) => rule.matches(path));
  return matching.some(({ excludes }) => excludes) ? undefined : matching.at(-1);
}

function matched(section: OwnerSection, { dialect }: CodeOwners): readonly Matched[] {
  return section.rules.map((rule) => ({ ...rule, matches: patternMatcher(rule.pattern, dialect) }));
}

/** Who must approve a change of these paths. Paths without owners, and sections that are optional, ask for nobody. */
export function demandedOwners(file: CodeOwners, paths: readonly string[]): readonly OwnerDemand[] {
  return file.sections
    .filter(({ optional }) => !optional)
    .flatMap((section) => {
      const rules = matched(section, file);
      const byLine = new Map<number, { readonly rule: OwnerRule; readonly paths: string[] }>();
      for (const path of paths) {
        const rule = deciding(rules, path);
        if (rule === undefined || rule.owners.length === 0) continue;
        const known = byLine.get(rule.line);
        if (known === undefined) byLine.set(rule.line, { rule, paths: [path] });
        else known.paths.push(path);
      }
      const { name, required } = section;
      return [...byLine.values()].map(({ rule, paths: of }) => ({ section: name, line: rule.line, owners: rule.owners, required, paths: of }));
    });
}

/** Everybody whom the file names, once. */
export function namedOwners(file: CodeOwners): readonly string[] {
  return [...new Set(file.sections.flatMap(({ rules }) => rules.flatMap(({ owners }) => owners)))].sort();
}

const noreply = /^(?:\d+\+)?([A-Za-z0-9-]+)@users\.noreply\.github\.com$/i;
const roles: Readonly<Record<string, readonly string[]>> = {
  developer: ["write", "maintain", "admin"],
  maintainer: ["maintain", "admin"],
  owner: ["admin"],
};

/** One person as the forge tells: `teams` are those asked for that they are in. */
export interface OwnerPerson {
  readonly login: string;
  readonly teams: readonly string[];
  readonly permission: string;
}

const same = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

/** The login that an owner is written as; undefined for teams, roles and addresses that say no login. */
export function loginOf(name: string): string | undefined {
  return noreply.exec(name)?.[1] ?? /^@([^@/]+)$/.exec(name)?.[1];
}

/** Is the person this owner, or one of them? An e-mail address says who it is only where it is the host's own for a login. */
export function isOwnedBy(name: string, person: OwnerPerson): boolean {
  const [, role] = /^@@(\w+?)s?$/.exec(name) ?? [];
  if (role !== undefined) return roles[role]?.includes(person.permission) === true;
  const login = loginOf(name);
  return (login !== undefined && same(login, person.login)) || person.teams.some((team) => same(team, name));
}

/** Owners that the forge must be asked about as teams: on GitLab a group's name looks like a person's. */
export function teamsAmong(owners: readonly string[], { dialect }: Pick<CodeOwners, "dialect">): readonly string[] {
  return [...new Set(owners)].filter((name) => /^@[^@]/.test(name) && (dialect === "gitlab" || name.includes("/")));
}

/** Owners of whom nobody can be told who they are. */
export function namelessOwners(owners: readonly string[]): readonly string[] {
  return owners.filter((name) => !name.startsWith("@") && !noreply.test(name));
}
