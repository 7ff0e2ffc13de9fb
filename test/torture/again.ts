import type { Violation } from "./check.ts";
import type { Model } from "./estate-files.ts";
import type { Entry, KeptVeto } from "./history.ts";

/** What the branch has said, by commit, in the order of its commits. */
type Said = ReadonlyMap<string, Model>;

/** What somebody says who wants it tried as it is. */
const wordsOfPeople: ReadonlySet<string> = new Set(["retry", "thaw"]);
/** A rebuild is asked for by a person, and a rollback applies what was good. */
const otherRuns: ReadonlySet<string> = new Set(["rebuild", "rollback"]);

const sameAs = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Whether the branch has said anything else of what failed, from there to what is applied now. Nobody knows of commits that the story has not made. */
function saidOther(said: Said, { commit, closureDigests }: KeptVeto, applied: string): boolean {
  const commits = [...said.keys()];
  const [from, to] = [commits.indexOf(commit), commits.indexOf(applied)];
  if (from < 0 || to < from) return true;
  const failed = said.get(commit);
  return commits.slice(from, to + 1).some((one) => Object.keys(closureDigests).some((stack) => !sameAs(said.get(one)?.[stack], failed?.[stack])));
}

/** Stacks that this entry says to be begun. */
function begunIn(entry: Entry, before: Entry | undefined): readonly string[] {
  if (otherRuns.has(entry.trailers["Kind"] ?? "")) return [];
  return Object.entries(entry.kept.stacks).flatMap(([stack, { result, run }]) => {
    const was = before?.kept.stacks[stack];
    return result === "applying" && (was?.result !== "applying" || was.run !== run) ? [stack] : [];
  });
}

/** What failed is begun again as it is, by the checker's own book of what failed: what the ledger forgets in between stays in it. */
export function repeated(entries: readonly Entry[], said: Said): readonly Violation[] {
  const book = new Map<string, KeptVeto>();
  const found: Violation[] = [];
  for (const [index, entry] of entries.entries()) {
    if (wordsOfPeople.has(entry.trailers["Kind"] ?? "")) book.clear();
    const { stacks, vetoes = [] } = entry.kept;
    for (const stack of begunIn(entry, entries[index - 1])) {
      const { run, commit } = stacks[stack] ?? {};
      const again = [...book.values()].find(
        (veto) =>
          veto.run !== run &&
          veto.closureDigests[stack] !== undefined &&
          Object.entries(veto.closureDigests).every(([name, digest]) => stacks[name]?.closureDigest === digest) &&
          !saidOther(said, veto, commit ?? ""),
      );
      if (again !== undefined) found.push({ harm: "repeated", what: `${stack} is applied by ${run} as it failed in ${again.run}, and nobody said so` });
    }
    for (const veto of vetoes)
      if (veto.state !== "rollingBack" && Object.keys(veto.closureDigests).length > 0) book.set(`${veto.run} ${veto.unit ?? ""}`, veto);
  }
  return found;
}

/** A run as its record tells it. */
export interface RunTold {
  readonly id?: unknown;
  readonly commit?: unknown;
  readonly brings?: { readonly commits: readonly string[] };
  readonly units?: readonly { readonly id: string; readonly phases?: readonly { readonly state: string }[] }[];
}

/** A unit goes back once in a run. */
export const backTwice = (runs: readonly RunTold[]): readonly Violation[] =>
  runs.flatMap(({ id, units = [] }) =>
    units
      .filter(({ phases = [] }) => phases.filter(({ state }) => state === "rollingBack").length > 1)
      .map((unit): Violation => ({ harm: "repeated", what: `${unit.id} was taken back twice in run ${String(id)}` })),
  );

/** Each commit of the branch up to the newest one that the ledger knows is told of in it: as what was applied, or as what came along. */
export function untold(entries: readonly Entry[], runs: readonly RunTold[], said: Said): readonly Violation[] {
  const told = new Set([
    ...runs.flatMap(({ commit, brings }) => [String(commit), ...(brings?.commits ?? [])]),
    ...entries.flatMap(({ trailers }) => [trailers["Commit"] ?? "", ...(trailers["Brings"] ?? "").split(/, | and /)]),
  ]);
  const commits = [...said.keys()];
  const newest = commits.findLastIndex((sha) => told.has(sha));
  return commits
    .slice(0, newest + 1)
    .filter((sha) => !told.has(sha))
    .map((sha) => ({ harm: "unnamed", what: `nobody is told what became of commit ${sha.slice(0, 7)}` }));
}
