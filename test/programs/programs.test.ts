import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runChild, thisMachine } from "../../src/base/process/index.ts";
import { findEngine, Works, type Project, type Run, type StateResource } from "./drive.ts";
import { kinds, type Kind, type ProjectFacts, type Tamper } from "./kinds.ts";
import { callShipped } from "./shipped.ts";

const repository = resolve(import.meta.dirname, "../..");

const engine = findEngine();
if (engine === undefined) console.log("skipped: ordinary programs on the sandbox cloud, because no pulumi is there: npm run setup");

const seed = 20_260_703;

/** A small generator of its own: the slice must be the same on every machine. */
function slice(all: readonly Kind[], count: number): readonly Kind[] {
  let state = seed;
  const next = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0);
  return all
    .map((kind) => ({ kind, place: next() }))
    .sort((a, b) => a.place - b.place)
    .slice(0, count)
    .map(({ kind }) => kind);
}
const chosen = thisMachine().variable("TRUEUP_TEST_SIZE") === "slice" ? slice(kinds, 4) : kinds;

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

function theOne(resources: readonly StateResource[], { name, type }: Tamper): StateResource {
  const found = resources.filter((resource) => resource.isObject && resource.name === name && resource.type.split(":").at(-1) === type);
  expect(found, `${type} ${name}`).toHaveLength(1);
  return found[0] as StateResource;
}

function officeOf(project: Project, { office }: ProjectFacts): string[] {
  return office === undefined ? [] : readdirSync(join(project.folder, office)).map((name) => join(project.folder, office, name));
}

/** Somebody changes one live object: in the sandbox cloud, or the file that a dynamic provider keeps. */
function changeByHand(project: Project, facts: ProjectFacts, urn: string): void {
  const { path = "", value = "", words } = facts.tamper ?? {};
  if (words === undefined) {
    works.cloud.set(urn, path, value);
    return;
  }
  for (const file of officeOf(project, facts)) writeFileSync(file, readFileSync(file, "utf8").replace(words, String(value)));
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

describe.skipIf(engine === undefined)("an ordinary program is previewed, comes up, stays, is changed by hand, found, put right, and goes", () => {
  test.concurrent.for(chosen)("$kind", async ({ projects }) => {
    const opened: { readonly project: Project; readonly facts: ProjectFacts; readonly name: string; readonly resources: readonly StateResource[] }[] = [];
    for (const facts of projects) {
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
      const name = resources[0]?.urn.split("::")[1] ?? "";
      expect(resources).toHaveLength(count);
      expect(resources.filter((resource) => resource.isObject)).toHaveLength(facts.objects);
      for (const [, value] of secrets) expect(text).not.toContain(value);
      if (facts.folder === "lambda-closure") await closuresWork(text);
      opened.push({ project, facts, name, resources });
    }
    for (const { project, facts, name, resources } of opened) {
      must(await project.preview({ live: true }), { summary: {} });
      if (facts.tamper === undefined) continue;
      const target = theOne(resources, facts.tamper);
      changeByHand(project, facts, target.urn);
      const { kind, path } = facts.tamper.told ?? { kind: "changed", path: facts.tamper.path };
      const drift = [{ urn: target.urn, kind, paths: [path] }];
      must(await project.refreshPreview(), { summary: { update: 1 }, drift });
      must(await project.up({ refresh: true }), { summary: { update: 1 }, drift });
      // The sandbox cloud knows who did what; a dynamic provider's folder is not its business.
      const actors = facts.office === undefined ? ["hand", "engine"] : [];
      expect(committed("update", name).map(({ actor, urn }) => ({ actor, urn }))).toEqual(actors.map((actor) => ({ actor, urn: target.urn })));
      must(await project.preview({ live: true }), { summary: {} });
    }
    for (const { project, facts, name, resources } of opened.reverse()) {
      must(await project.destroy(), { summary: { delete: resources.length } });
      expect([...made(name), ...officeOf(project, facts)]).toEqual([]);
      expect(committed("delete", name)).toHaveLength(committed("create", name).length);
    }
  });
});
