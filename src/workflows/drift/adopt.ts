import { createHash } from "node:crypto";
import { canonicalJson } from "../../base/json/index.ts";
import { asProblem, Problem } from "../../base/problem/index.ts";
import type { Sha } from "../../adapters/git/index.ts";
import type { DriftFinding, PropertyChange } from "../../domain/changes/index.ts";
import { adoptionBody, adoptionTitle, type Adopted, type Adoption, type LeftToPeople } from "../../domain/reports/index.ts";
import { actorOf, environmentBranch, forgeOf, refuseActing, type Estate } from "../estate/index.ts";
import { detectDrift, type DriftRequest } from "./drift.ts";
import { meantFindings, meantPaths, readStack, type Decided } from "./meant.ts";
import { placesIn } from "./places.ts";
import { judgeTrial, openBench, stillChanges, type Bench } from "./trial.ts";

/** Values that are tried for one property: each costs a preview. */
const mostTried = 8;
/** Properties that are looked for in one adoption; whoever has more names what is meant. */
const mostAdopted = 20;

interface Subject {
  readonly finding: DriftFinding;
  readonly property: PropertyChange;
}

interface Work {
  readonly bench: Bench;
  readonly files: Record<string, string>;
  readonly adopted: Adopted[];
  readonly left: LeftToPeople[];
}

const nameOf = ({ type, name }: DriftFinding): string => `${type} ${name}`;

/** Where a person would begin to look: the line of the program that makes the resource, as far as it is known. */
function programOf({ base, request }: Bench, urn: string): string {
  const source = base.changes.resources.find((one) => one.urn === urn)?.source;
  return source ?? base.revision.environment.stacks.find(({ name }) => name === request.stack)?.path ?? `the program of ${request.stack}`;
}

function shown(value: PropertyChange["before"]): string {
  return value.kind === "plain" ? JSON.stringify(value.value) : value.kind === "absent" ? "nothing" : "a secret";
}

function leave(work: Work, { finding, property }: Subject, note: { readonly file?: string; readonly todo: string }): void {
  const file = note.file ?? programOf(work.bench, finding.urn);
  work.left.push({ urn: finding.urn, resource: nameOf(finding), path: property.path, file, todo: note.todo });
}

/** What no file can hold as a value of its own, in words; undefined: it can be looked for. */
function whyNot(work: Work, { finding, property }: Subject): string | undefined {
  const { before, after, path } = property;
  if (before.kind === "secret" || after.kind === "secret") {
    return `${path} is a secret, and secrets are never written: set it yourself, with pulumi config set --secret where it is config`;
  }
  if (!stillChanges(work.bench.base.changes, { urn: finding.urn, path })) return `the branch would leave ${path} as it is live: apply it`;
  if (before.kind !== "plain" || after.kind !== "plain") return `write ${shown(after)} for ${path}, in place of ${shown(before)}`;
  return undefined;
}

/** Looks for the one value that the property comes from: it is tried, not guessed. */
async function adoptOne(work: Work, subject: Subject): Promise<void> {
  const { finding, property } = subject;
  const { bench, files } = work;
  const { estate, request, head, base } = bench;
  const stack = base.revision.environment.stacks.find(({ name }) => name === request.stack);
  const { before, after, path } = property;
  const reason = whyNot(work, subject);
  if (reason !== undefined || stack === undefined || before.kind !== "plain" || after.kind !== "plain") return leave(work, subject, { todo: reason ?? "" });
  const places = await placesIn(estate, head, { environment: request.environment, stack, files, moved: { before: before.value, after: after.value }, path });
  const usual = `write ${shown(after)} for ${path}, in place of ${shown(before)}`;
  let almost: { readonly file: string; readonly todo: string } | undefined;
  for (const { file, isOurs, literal } of places.slice(0, mostTried)) {
    const words = `${literal.where}: write ${literal.to} in place of ${literal.from}`;
    const commit = await estate.repository.write({ parent: head, files: { ...files, [file]: literal.text }, message: "A trial of trueup drift adopt\n" });
    const judged = await judgeTrial(bench, commit, { urn: finding.urn, path });
    if (judged.kind === "no") {
      if (judged.why !== undefined) almost ??= { file, todo: `${words}; not written, because ${judged.why}` };
      continue;
    }
    if (!isOurs) return leave(work, subject, { file, todo: words });
    files[file] = literal.text;
    work.adopted.push({ urn: finding.urn, resource: nameOf(finding), path, file, where: literal.where, from: literal.from, to: literal.to });
    return;
  }
  leave(work, subject, almost ?? { todo: usual });
}

/** Named by what it holds and by what it is on top of: asked for twice, it is the same branch. */
function branchOf({ request, head }: Bench, files: Readonly<Record<string, string>>): string {
  const digest = createHash("sha256")
    .update(canonicalJson([head, files]))
    .digest("hex");
  return `trueup-adopt/${request.environment}.${request.stack}-${digest.slice(0, 8)}`;
}

async function pushed(estate: Estate, branch: string, commit: Sha): Promise<Sha> {
  const there = await estate.repository.branch(branch);
  const isSame = there !== undefined && (await estate.repository.tree(there)) === (await estate.repository.tree(commit));
  if (isSame) return there;
  const outcome = there === undefined ? await estate.repository.moveRef(`refs/heads/${branch}`, undefined, commit) : { kind: "lost" };
  if (outcome.kind === "moved") return commit;
  await estate.repository.fetch();
  const now = await estate.repository.branch(branch);
  if (now !== undefined && (await estate.repository.tree(now)) === (await estate.repository.tree(commit))) return now;
  throw new Problem("PUSH_REFUSED", {
    what: `somebody else has a branch ${branch}`,
    on: `refs/heads/${branch}`,
    todo: "Delete it, or merge it, and adopt again.",
  });
}

/** The pull request, where there is a forge; why there is none, where it could not be opened: the branch is there all the same. */
async function opened(estate: Estate, adoption: Adoption, base: string): Promise<Pick<Adoption, "pullRequest" | "problem">> {
  const forge = await forgeOf(estate);
  if (forge === undefined || adoption.branch === undefined) return {};
  try {
    const { number, url } = await forge.savePullRequest({ head: adoption.branch, base, title: adoptionTitle(adoption), body: adoptionBody(adoption) });
    return { pullRequest: { number, url } };
  } catch (thrown) {
    return { problem: asProblem(thrown, `the pull request of ${adoption.branch}`) };
  }
}

async function written(work: Work, about: Pick<Adoption, "environment" | "stack" | "base" | "by">): Promise<Adoption> {
  const { bench, files, adopted, left } = work;
  const found: Adoption = { ...about, adopted, left };
  if (adopted.length === 0) return found;
  const { estate, head } = bench;
  const message = `${adoptionTitle(found)}\n\n${adoptionBody(found)}`;
  const commit = await estate.repository.write({ parent: head, files, message });
  const branch = branchOf(bench, files);
  const adoption = { ...found, branch, commit: await pushed(estate, branch, commit) };
  return { ...adoption, ...(await opened(estate, adoption, about.base)) };
}

/** The properties of a finding that can be adopted; that something is gone is no value. */
function subjectsOf(work: Work, finding: DriftFinding, asked: Decided): readonly Subject[] {
  if (finding.kind !== "gone") return meantPaths(finding, asked).map((property) => ({ finding, property }));
  const todo = `it is gone: remove it from the program, or put it back with trueup drift fix ${asked.environment} --stack ${asked.stack}`;
  work.left.push({ urn: finding.urn, resource: nameOf(finding), path: "", file: programOf(work.bench, finding.urn), todo });
  return [];
}

/**
 * Writes what is live into the files that machines edit, as one commit on a branch of its own, and opens a pull request where there is a forge. A value
 * is written only where a preview shows that it alone is what the property comes from; for anything else it says what to edit, where. The cloud, the
 * ledger and the environment's branch are not touched. Raises USAGE, STACK_UNKNOWN, BRANCH_MISSING, ENGINE_FAILED: then nothing was changed.
 */
export async function adoptDrift(
  estate: Estate,
  asked: Decided,
  limits: Pick<DriftRequest, "signal" | "hardSignal"> & { readonly by?: string } = {},
): Promise<Adoption> {
  const { environment, stack } = asked;
  const { by = actorOf(estate.machine), ...signals } = limits;
  refuseActing(estate.machine, environment);
  const request = { environment, stack, ...signals };
  const detection = await detectDrift(estate, request);
  const found = meantFindings(readStack(detection, asked), asked);
  const base = await environmentBranch(estate, environment, detection.live.branch?.name);
  const bench = await openBench(estate, { ...request, live: detection.live }, base.head);
  const work: Work = { bench, files: {}, adopted: [], left: [] };
  const subjects = found.flatMap((finding) => subjectsOf(work, finding, asked));
  for (const subject of subjects.slice(0, mostAdopted)) await adoptOne(work, subject);
  for (const subject of subjects.slice(mostAdopted))
    leave(work, subject, { todo: `not looked at: more than ${mostAdopted} values at once; name it with --path` });
  return written(work, { environment, stack, base: base.name, by });
}
