import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { thisMachine } from "../../src/base/process/index.ts";
import { findEngine, Works, type Project, type Run, type StateResource } from "./drive.ts";
import { kinds, type Kind, type ProjectFacts, type Tamper } from "./kinds.ts";

const engine = findEngine();
if (engine === undefined) console.log("skipped: ordinary programs on the sandbox cloud, because no pulumi is there: npm run setup");

const seed = 20_260_703;

/** A small generator of its own: the slice must be the same on every machine. */
function slice(all: readonly Kind[], count: number): readonly Kind[] {
  let state = seed;
  const next = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0);
  return all.map((kind) => ({ kind, place: next() })).sort((a, b) => a.place - b.place).slice(0, count).map(({ kind }) => kind);
}
const chosen = thisMachine().variable("TRUEUP_TEST_SIZE") === "slice" ? slice(kinds, 4) : kinds;

let works: Works;
beforeAll(async () => {
  if (engine !== undefined) works = await Works.open(engine);
});
afterAll(async () => await works?.close());

function must(run: Run, wanted: { readonly summary: Run["summary"]; readonly drift?: Run["drift"] }): void {
  expect({ exitCode: run.exitCode, summary: run.summary, drift: run.drift }, run.words).toEqual({ exitCode: 0, summary: wanted.summary, drift: wanted.drift ?? [] });
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
const committed = (op: string, project: string) => works.cloud.ledger().filter((line) => line.phase === "commit" && line.op === op && line.urn.split("::")[1] === project);

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
      opened.push({ project, facts, name, resources });
    }
    for (const { project, facts, name, resources } of opened) {
      must(await project.preview({ live: true }), { summary: {} });
      if (facts.tamper === undefined) continue;
      const target = theOne(resources, facts.tamper);
      changeByHand(project, facts, target.urn);
      const drift = [{ urn: target.urn, kind: "changed", paths: [facts.tamper.path] }] as const;
      must(await project.refreshPreview(), { summary: { update: 1 }, drift });
      must(await project.up({ refresh: true }), { summary: { update: 1 }, drift });
      if (facts.office === undefined) expect(committed("update", name).map(({ actor, urn }) => ({ actor, urn }))).toEqual(["hand", "engine"].map((actor) => ({ actor, urn: target.urn })));
      must(await project.preview({ live: true }), { summary: {} });
    }
    for (const { project, facts, name, resources } of opened.reverse()) {
      must(await project.destroy(), { summary: { delete: resources.length } });
      expect([...made(name), ...officeOf(project, facts)]).toEqual([]);
      expect(committed("delete", name)).toHaveLength(committed("create", name).length);
    }
  });
});
