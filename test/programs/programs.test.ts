import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runChild, thisMachine } from "../../src/base/process/index.ts";
import { findEngine, Works, type Drift, type Project, type Run, type StateResource } from "./drive.ts";
import { kinds, type Kind, type ProjectFacts, type Tamper } from "./kinds.ts";
import { callShipped } from "./shipped.ts";

const repository = resolve(import.meta.dirname, "../..");

const engine = findEngine();
if (engine === undefined) console.log("skipped: ordinary programs on the sandbox cloud, because no pulumi is there: npm run setup");

/** One that costs little; the others load the largest SDKs. */
const slice = kinds.filter(({ kind }) => kind === "explicit providers");
const chosen: readonly Kind[] = thisMachine().variable("TRUEUP_TEST_SIZE") === "slice" ? slice : kinds;

let works: Works;
beforeAll(async () => {
  if (engine !== undefined) works = await Works.open(engine);
});
afterAll(async () => await works?.close());

function must(run: Run, wanted: { readonly summary: Run["summary"]; readonly drift?: Run["drift"] }): void {
  const expected = { exitCode: 0, summary: wanted.summary, drift: wanted.drift ?? [] };
  const { exitCode, summary, drift } = run;
  if (!isDeepStrictEqual({ exitCode, summary, drift }, expected)) console.log(run.words);
  expect({ exitCode, summary, drift }).toEqual(expected);
}

interface Opened {
  readonly project: Project;
  readonly facts: ProjectFacts;
  /** The project's name in urns. */
  readonly name: string;
  readonly resources: readonly StateResource[];
}

function theOne(resources: readonly StateResource[], { name, type }: Tamper): StateResource {
  const fitting = resources.filter((resource) => resource.isObject && resource.name === name && resource.type.split(":").at(-1) === type);
  const [found] = fitting;
  if (found === undefined || fitting.length > 1) throw new Error(`${fitting.length} resources are the ${type} ${name}`);
  return found;
}

function officeOf({ project, facts: { office } }: Opened): string[] {
  return office === undefined ? [] : readdirSync(join(project.folder, office)).map((name) => join(project.folder, office, name));
}

/** Somebody changes or deletes one live object: in the sandbox cloud, or in the file that a dynamic provider keeps. Answers what must be found. */
function changeByHand(opened: Opened, tamper: Tamper): Drift {
  const { urn } = theOne(opened.resources, tamper);
  const { path, value, words } = tamper;
  if (path === undefined) {
    works.cloud.delete(urn);
    return { urn, kind: "gone", paths: [] };
  }
  if (words === undefined) works.cloud.set(urn, path, value);
  else for (const file of officeOf(opened)) writeFileSync(file, readFileSync(file, "utf8").replace(words, String(value)));
  return { urn, kind: "changed", paths: [path] };
}

const made = (project: string) => works.cloud.list().filter((object) => object.createdBy.split("::")[1] === project);
const committed = (op: string, project: string) =>
  works.cloud.ledger().filter((line) => line.phase === "commit" && line.op === op && line.urn.split("::")[1] === project);

/** What was a closure in the program is a program of its own in the cloud: it has what it captured, and does the same. */
async function closuresWork(deployment: string): Promise<void> {
  const uploaded = await callShipped(deployment, "uploaded", { Records: [{ s3: { object: { key: "my+photo.jpg" } } }] });
  expect(uploaded.printed).toEqual([
    expect.stringMatching(/^my photo\.jpg goes to thumbs\/my photo\.small\.jpg by https:\/\/work-[\w.-]+, seen in seen-\w+, at most 5 times$/),
  ]);
  const worked = await callShipped(deployment, "worker", { Records: [{ body: "a+b" }] });
  expect(worked).toEqual({ result: { done: 1 }, printed: [createHash("sha256").update("a b").digest("hex")] });
}

test("the programs are right by the compiler", async () => {
  const { exitCode, stdout } = await runChild(
    [process.execPath, join(repository, "node_modules/@typescript/native/bin/tsc"), "-p", join(import.meta.dirname, "tsconfig.programs.json")],
    { cwd: repository, env: {}, deadlineMs: 60_000 },
  );
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "" });
});

const byUrn = (a: Drift, b: Drift): number => (a.urn < b.urn ? -1 : 1);

/** Preview of what is not there yet, and up. */
async function comesUp(facts: ProjectFacts): Promise<Opened> {
  const project = await works.project(facts.folder);
  const secrets = Object.entries(facts.secrets ?? {});
  // A secret is encrypted with the stack's key, so its stack is there before the first preview; the others are previewed before they exist.
  if (secrets.length > 0) await project.init();
  for (const [key, value] of secrets) await project.setSecret(key, value);
  const planned = await project.preview();
  await project.init();
  const count = planned.summary["create"] ?? 0;
  must(planned, { summary: { create: count } });
  must(await project.up(), { summary: { create: count } });
  const { resources, text } = await project.state();
  expect(resources).toHaveLength(count);
  expect(resources.filter((resource) => resource.isObject)).toHaveLength(facts.objects);
  for (const [, value] of secrets) expect(text).not.toContain(value);
  if (facts.folder === "lambda-closure") await closuresWork(text);
  return { project, facts, name: resources[0]?.urn.split("::")[1] ?? "", resources };
}

/** No change; changed by hand and found, exactly; put right; no change. */
async function heals(opened: Opened): Promise<void> {
  const { project, facts, name } = opened;
  must(await project.preview({ live: true }), { summary: {} });
  if (facts.tampers === undefined) return;
  const drift = facts.tampers.map((tamper) => changeByHand(opened, tamper)).sort(byUrn);
  const count = (gone: boolean): number => drift.filter(({ kind }) => (kind === "gone") === gone).length;
  const counted = (counts: Record<string, number>): Record<string, number> => Object.fromEntries(Object.entries(counts).filter(([, number]) => number > 0));
  must(await project.refreshPreview(), { summary: counted({ update: count(false), delete: count(true) }), drift });
  must(await project.up({ refresh: true }), { summary: counted({ update: count(false), create: count(true) }), drift });
  must(await project.preview({ live: true }), { summary: {} });
  // The sandbox cloud knows who did what; a dynamic provider's folder is not its business.
  const changed = facts.office === undefined ? drift.filter(({ kind }) => kind !== "gone").map(({ urn }) => urn) : [];
  for (const actor of ["hand", "engine"])
    expect(
      committed("update", name)
        .filter((line) => line.actor === actor)
        .map(({ urn }) => urn)
        .sort(),
    ).toEqual(changed);
}

async function goes(opened: Opened): Promise<void> {
  const { project, facts, name, resources } = opened;
  must(await project.destroy(), { summary: { delete: resources.length } });
  expect([...made(name), ...officeOf(opened)]).toEqual([]);
  expect(committed("delete", name)).toHaveLength(committed("create", name).length);
  for (const secret of Object.values(facts.secrets ?? {})) expect(project.told()).not.toContain(secret);
}

describe.skipIf(engine === undefined)("an ordinary program is previewed, comes up, stays, is changed by hand, found, put right, and goes", () => {
  test.concurrent.for(chosen)("$kind", { timeout: 300_000 }, async ({ projects }) => {
    const opened: Opened[] = [];
    for (const facts of projects) opened.push(await comesUp(facts));
    for (const one of opened) await heals(one);
    for (const one of opened.toReversed()) await goes(one);
    expect(opened.flatMap(({ name }) => made(name))).toEqual([]);
  });
});
