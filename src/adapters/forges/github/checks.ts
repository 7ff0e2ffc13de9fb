import { Problem } from "../../../base/problem/index.ts";
import type { Annotation, Status } from "../forge.ts";
import type { GitHubCall } from "./client.ts";
import { annotation, anything, checkRun, status as statusSchema, type CheckRun } from "./schema.ts";

const right = "checks: write";
const runs = "/repos/{owner}/{repo}/check-runs";
const one = `${runs}/{check_run_id}`;
const annotationsPerRequest = 50;
const longestSummary = 65_535;
const longestDescription = 140;

const cut = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 1)}…`);

const checkStates = {
  running: { status: "in_progress" },
  waiting: { status: "queued" },
  success: { status: "completed", conclusion: "success" },
  failure: { status: "completed", conclusion: "failure" },
} as const satisfies Record<Status["state"], { readonly status: string; readonly conclusion?: string }>;

/** Tells ours from a job or another App's check of the same name, which nobody else may change. */
const ownMark = (name: string): string => `trueup:${name}`;

interface Wire {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly annotation_level: Annotation["level"];
  readonly title: string;
  readonly message: string;
}

const onWire = ({ path, line, level, title, message }: Annotation): Wire => ({
  path,
  start_line: line,
  end_line: line,
  annotation_level: level,
  title: cut(title, 255),
  message,
});

const keyOf = (found: {
  path: string;
  start_line: number;
  annotation_level?: string | null | undefined;
  title?: string | null | undefined;
  message?: string | null | undefined;
}): string => JSON.stringify([found.path, found.start_line, found.annotation_level, found.title, found.message]);

/** Annotations can be added to a check run and never taken away: what is still to be added, or undefined when some are there that must go. */
async function lacking(call: GitHubCall, found: CheckRun, wanted: readonly Wire[]): Promise<readonly Wire[] | undefined> {
  if (found.output.annotations_count === 0) return wanted;
  const there = new Set((await call.all(`GET ${one}/annotations`, annotation, { params: { check_run_id: found.id }, right })).map(keyOf));
  const asked = new Set(wanted.map(keyOf));
  return [...there].some((key) => !asked.has(key)) ? undefined : wanted.filter((item) => !there.has(keyOf(item)));
}

/** A finished run cannot be opened again: GitHub shows the newest of a name instead. */
const isReopened = (found: CheckRun, state: Status["state"]): boolean => found.status === "completed" && checkStates[state].status !== "completed";

function isSame(found: CheckRun, { state, title, summary, url }: Status): boolean {
  const wanted: { readonly status: string; readonly conclusion?: string } = checkStates[state];
  return (
    found.status === wanted.status &&
    (found.conclusion ?? undefined) === wanted.conclusion &&
    found.output.title === title &&
    (found.output.summary ?? "") === cut(summary ?? "", longestSummary) &&
    (url === undefined || found.details_url === url)
  );
}

async function newest(call: GitHubCall, commit: string, name: string): Promise<CheckRun | undefined> {
  const params = { ref: commit, check_name: name, filter: "all" };
  const found = await call.all("GET /repos/{owner}/{repo}/commits/{ref}/check-runs", checkRun, { params, key: "check_runs", right });
  return found.filter((item) => item.external_id === ownMark(name)).sort((a, b) => b.id - a.id)[0];
}

function fields(status: Status, annotations: readonly Wire[]): Record<string, unknown> {
  return {
    name: status.name,
    ...checkStates[status.state],
    ...(status.url === undefined ? {} : { details_url: status.url }),
    output: { title: status.title, summary: cut(status.summary ?? "", longestSummary), annotations },
  };
}

async function createRun(call: GitHubCall, commit: string, sent: Record<string, unknown> & { readonly name?: unknown }): Promise<number> {
  const name = String(sent["name"]);
  const before = (await newest(call, commit, name))?.id ?? 0;
  for (let tries = 1; ; tries++) {
    try {
      return (await call.write(`POST ${runs}`, checkRun, { params: { ...sent, head_sha: commit, external_id: ownMark(name) }, right })).id;
    } catch (thrown) {
      if (tries > 1 || !(thrown instanceof Problem) || thrown.code !== "FORGE_UNREACHABLE") throw thrown;
      // Was it only the answer that was lost?
      const now = await newest(call, commit, name);
      if (now !== undefined && now.id > before) return now.id;
    }
  }
}

/** One check run per name, with as many requests as its annotations take. FORGE_REFUSED for who is no App; else its number. */
export async function setCheckRun(call: GitHubCall, commit: string, status: Status): Promise<number> {
  const wanted = (status.annotations ?? []).map(onWire);
  const found = await newest(call, commit, status.name);
  const rest = found === undefined || isReopened(found, status.state) ? undefined : await lacking(call, found, wanted);
  if (found !== undefined && rest?.length === 0 && isSame(found, status)) return found.id;
  const queue = [...(rest ?? wanted)];
  const first = fields(status, queue.splice(0, annotationsPerRequest));
  let id: number;
  if (found === undefined || rest === undefined) id = await createRun(call, commit, first);
  else {
    id = found.id;
    await update(call, id, first);
  }
  while (queue.length > 0) await update(call, id, fields(status, queue.splice(0, annotationsPerRequest)));
  return id;
}

/** Repeated after a lost answer it would add its annotations twice: so only one without any is repeatable. */
async function update(call: GitHubCall, id: number, sent: Record<string, unknown>): Promise<void> {
  const { annotations } = sent["output"] as { readonly annotations: readonly Wire[] };
  await call.write(`PATCH ${one}`, anything, { params: { ...sent, check_run_id: id }, right, repeatable: annotations.length === 0 });
}

const plainStates = { running: "pending", waiting: "pending", success: "success", failure: "failure" } as const satisfies Record<Status["state"], string>;

/** What every token may write: one line, no annotations. */
export async function setCommitStatus(call: GitHubCall, commit: string, status: Status): Promise<void> {
  const wanted = {
    context: status.name,
    state: plainStates[status.state],
    description: cut(status.title, longestDescription),
    ...(status.url === undefined ? {} : { target_url: status.url }),
  };
  const statusRight = "commit statuses: write";
  const list = call.pages("GET /repos/{owner}/{repo}/commits/{ref}/statuses", statusSchema, { params: { ref: commit }, right: statusRight });
  for await (const page of list) {
    // Newest first: the first of this name is the one that stands.
    const standing = page.find(({ context }) => context === status.name);
    if (standing === undefined) continue;
    const isStanding =
      standing.state === wanted.state && standing.description === wanted.description && (standing.target_url ?? undefined) === wanted.target_url;
    if (isStanding) return;
    break;
  }
  await call.write("POST /repos/{owner}/{repo}/statuses/{sha}", anything, { params: { sha: commit, ...wanted }, right: statusRight, repeatable: true });
}
