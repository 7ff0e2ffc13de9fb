/** A commit that is taken back, in the words of whoever made it. */
export interface TakenBack {
  readonly sha: string;
  readonly subject: string;
  readonly body: string;
}

export interface Revert {
  readonly environment: string;
  readonly branch: string;
  /** Newest first; at least one. */
  readonly commits: readonly TakenBack[];
  readonly reason: string;
  /** The run that was rolled back. */
  readonly run?: string;
  /** Who asked for it, where a person did. */
  readonly by?: string;
}

const mostSubject = 120;
const mostReason = 500;
const mostNamed = 200;

/** Words by which hosts are told to start no pipeline: quoted from somebody's commit they would keep the preview of its revert away. */
const skipping = /\[((?:skip|no)[ -]ci|ci[ -]skip|skip[ -]actions|actions[ -]skip)\]/gi;

function line(text: string, longest: number): string {
  const flat = text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ")
    .replace(skipping, "($1)")
    .replaceAll("***NO_CI***", "NO_CI")
    .trim();
  return flat.length > longest ? `${flat.slice(0, longest - 1)}…` : flat;
}

/** What a change is called by people: of a merge on a forge the title of its pull request, which is below the host's own words. */
export function titleOf({ subject, body }: Pick<TakenBack, "subject" | "body">): string {
  const below = body.split("\n").find((one) => one.trim() !== "") ?? "";
  const isMerge = /^Merge (pull request|branch|remote-tracking branch) /.test(subject);
  const isTrailer = /^[A-Za-z-]+: |^See merge request /.test(below);
  return line(isMerge && below !== "" && !isTrailer ? below : subject, mostSubject);
}

/** Of the commit and of its pull request. */
export function revertTitle({ branch, commits }: Pick<Revert, "branch" | "commits">): string {
  const [newest] = commits;
  const title = newest === undefined ? "" : titleOf(newest);
  return commits.length === 1 ? `Revert "${title}"` : `Revert ${commits.length} commits of ${branch}, the newest "${title}"`;
}

const trailer = "Trueup-Reverts";

/** What is taken back, why, and by which run. The last lines are for git, for hosts, and for `takenBackBy`. */
export function revertMessage(revert: Revert): string {
  const { environment, commits, reason, run, by } = revert;
  const who = by === undefined ? `Run ${line(run ?? "", 200)} of ${environment} was rolled back` : `${line(by, 200)} rolls ${environment} back`;
  return [
    revertTitle(revert),
    "",
    line(reason, mostReason) === "" ? `${who}.` : `${who}: ${line(reason, mostReason)}`,
    "",
    ...commits.slice(0, mostNamed).map(({ sha }) => `This reverts commit ${sha}.`),
    "",
    `${trailer}: ${commits.map(({ sha }) => sha).join(" ")}`,
    `Trueup-Environment: ${environment}`,
    ...(run === undefined ? [] : [`Trueup-Run: ${line(run, 200)}`]),
    "",
  ].join("\n");
}

const ours = new RegExp(`^${trailer}: ([0-9a-f ]+)$`, "gm");
const gits = /^This reverts commit ([0-9a-f]{40})\b/gm;

/** Whether trueup made this commit to take something back. */
export function isOurRevert(message: string): boolean {
  return message.match(ours) !== null;
}

/** What a commit says that it takes back: in trueup's words or in those of `git revert`. */
export function takenBackBy(message: string): readonly string[] {
  const named = [...message.matchAll(ours)].flatMap(([, shas = ""]) => shas.split(" "));
  const reverted = [...message.matchAll(gits)].map(([, sha = ""]) => sha);
  return [...new Set([...named, ...reverted])].filter((sha) => /^[0-9a-f]{40}$/.test(sha));
}
