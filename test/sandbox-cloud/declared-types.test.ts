import { readdirSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Catalog } from "../../src/satellites/sandbox-cloud/catalog/catalog.ts";
import { openCloud } from "../../src/satellites/sandbox-cloud/index.ts";
import type { JsonObject } from "../../src/satellites/sandbox-cloud/wire/json.ts";
import { Connection, modules, startSandbox, urnOf, type Sandbox } from "./client.ts";
import { oneMore, required } from "./sample.ts";

const seed = 20_261_121;
const howMany = 50;
const catalog = new Catalog(modules, join(tmpdir(), "trueup-sdk-declarations"));

/** Resource tokens of the aws SDK: folders are read, not a list that somebody wrote. */
function tokens(): string[] {
  const root = join(modules, "@pulumi/aws");
  const found: string[] = [];
  for (const module of readdirSync(root)) {
    if (module === "types" || !statSync(join(root, module)).isDirectory()) continue;
    for (const file of readdirSync(join(root, module))) {
      if (!/^(?!get|index|zMixins)[a-z]\w*\.js$/.test(file)) continue;
      const token = /__pulumiType = '([^']+)'/.exec(readFileSync(join(root, module, file), "utf8"))?.[1];
      if (token !== undefined) found.push(token);
    }
  }
  return found;
}

function drawn<T>(all: readonly T[], count: number): T[] {
  let state = seed;
  const next = (): number => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648);
  const left = [...all];
  return Array.from({ length: count }, () => left.splice(next() % left.length, 1)[0] as T);
}

let sandbox: Sandbox;
let aws: Connection;
beforeAll(async () => {
  sandbox = await startSandbox(join(tmpdir(), "trueup-sdk-declarations"));
  aws = await sandbox.connect("aws", { region: "eu-central-1" });
});
afterAll(() => sandbox.close());

async function life(type: string): Promise<string> {
  const urn = urnOf(type, "sample");
  const members = catalog.resource(type)?.inputs ?? {};
  const given = required(catalog, "aws", { members, seed: 7, depth: 0 });
  const { inputs, failures } = await aws.check(urn, given);
  expect(failures).toEqual([]);
  const made = await aws.create(urn, inputs);
  expect(made.id).not.toBe("");
  const wanted = Object.entries(catalog.resource(type)?.outputs ?? {})
    .filter(([, member]) => !member.optional)
    .map(([key]) => key);
  expect(wanted.filter((key) => made.properties[key] === undefined)).toEqual([]);
  const read = await aws.read(urn, made.id, { inputs, properties: made.properties });
  expect(read).toEqual({ id: made.id, properties: made.properties, inputs });
  const again = (await aws.check(urn, given, inputs)).inputs;
  const clean = await aws.diff(urn, made.id, { olds: read.properties, oldInputs: read.inputs, news: again });
  expect(clean).toMatchObject({ changed: false, diffs: [], detailed: {} });
  return change(type, made, { inputs, more: oneMore(members, given, 9) });
}

async function change(type: string, made: { id: string; properties: JsonObject }, { inputs, more }: { inputs: JsonObject; more: JsonObject }): Promise<string> {
  const urn = urnOf(type, "sample");
  const news = { ...inputs, ...more };
  const diff = await aws.diff(urn, made.id, { olds: made.properties, oldInputs: inputs, news });
  expect(diff.diffs).toEqual(Object.keys(more));
  expect(diff.changed).toBe(Object.keys(more).length > 0);
  const updated = await aws.update(urn, made.id, { olds: made.properties, oldInputs: inputs, news });
  expect(updated).toMatchObject(news);
  expect(updated["arn"]).toEqual(made.properties["arn"]);
  await aws.remove(urn, made.id, news);
  await aws.remove(urn, made.id, news);
  expect((await aws.read(urn, made.id, { inputs: news, properties: updated })).id).toBe("");
  return diff.replaces.length > 0 ? "replace" : diff.changed ? "update" : "unchangeable";
}

test(`${howMany} types drawn by seed from the SDK's declarations live a whole life`, async () => {
  const all = tokens();
  const counts: Record<string, number> = {};
  const started = performance.now();
  for (const type of drawn(all, howMany)) {
    const kind = await life(type).catch((error: unknown) => {
      throw new Error(`${type} did not live a whole life`, { cause: error });
    });
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  console.log(`${howMany} of ${all.length} aws types in ${(performance.now() - started).toFixed(0)} ms: ${JSON.stringify(counts)}`);
  const commits = openCloud(sandbox.store)
    .ledger()
    .filter((line) => line.phase === "commit");
  expect(commits.filter((line) => line.op === "create")).toHaveLength(howMany);
  expect(commits.filter((line) => line.op === "update")).toHaveLength(howMany);
  expect(counts["update"] ?? 0).toBeGreaterThan(20);
}, 60_000);
