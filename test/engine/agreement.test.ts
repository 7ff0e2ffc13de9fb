import * as fc from "fast-check";
import { cp, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../src/adapters/engine/index.ts";
import type { ChangeSet, PropertyChange } from "../../src/domain/changes/index.ts";
import { baseProgram, nextProgram, programText, type Declared } from "./generated.ts";
import { PlainPulumi, type PlainPreview } from "./plain-pulumi.ts";
import { anEngine, limits, openWorkshop, type Workshop } from "./workshop.ts";

const isFull = process.env["TRUEUP_TEST_SIZE"] === "full";
/** The second is one whose first three programs have each operation. */
const seed = isFull ? 20261121 : 20261127;
const [bases, programsPerBase, leastOfEach] = isFull ? [4, 10, 5] : [1, 3, 1];

/** How plain pulumi's digest spells what a program called secret. */
const masked = "[secret]";

/** A step of plain pulumi's digest in the words of people. */
function plainOperation(op: string): string {
  return /replace/.test(op) ? "replace" : op;
}

function fromPlain({ steps }: PlainPreview): Map<string, { op: string; paths: Set<string>; inputs: Record<string, unknown> }> {
  const found = new Map<string, { op: string; paths: Set<string>; inputs: Record<string, unknown> }>();
  for (const { op, urn, detailedDiff, newState } of steps) {
    if (op === "same" || urn.includes("pulumi:providers:") || urn.includes("pulumi:pulumi:Stack")) continue;
    const known = found.get(urn) ?? { op: plainOperation(op), paths: new Set<string>(), inputs: {} };
    for (const path of Object.keys(detailedDiff ?? {})) known.paths.add(path);
    found.set(urn, { ...known, inputs: newState?.inputs ?? known.inputs });
  }
  return found;
}

function covers(path: string, others: readonly string[]): boolean {
  return others.some((other) => other === path || other.startsWith(`${path}.`) || path.startsWith(`${other}.`));
}

function valueAt(inputs: Record<string, unknown>, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((here, part) => (typeof here === "object" && here !== null ? (here as Record<string, unknown>)[part] : undefined), inputs);
}

/** What differs between our picture and plain pulumi's, in words; empty when they agree. */
function disagreements(ours: ChangeSet, plain: PlainPreview): string[] {
  const theirs = fromPlain(plain);
  const found: string[] = [];
  const mine = new Map(ours.resources.map((resource) => [resource.urn, resource]));
  for (const urn of new Set([...theirs.keys(), ...mine.keys()])) {
    const [a, b] = [mine.get(urn), theirs.get(urn)];
    if (a?.operation !== b?.op) found.push(`${urn}: ours ${a?.operation}, plain ${b?.op}`);
    if (a === undefined || b === undefined || a.operation === "delete") continue;
    const paths = a.properties.map(({ path }) => path);
    for (const path of b.paths) if (!covers(path, paths)) found.push(`${urn}: plain names ${path}, ours ${paths.join(" ")}`);
    if (a.operation === "create")
      for (const key of Object.keys(b.inputs)) if (!key.startsWith("__") && !covers(key, paths)) found.push(`${urn}: ours lacks ${key}`);
    if (a.operation === "update") for (const path of paths) if (!covers(path, [...b.paths])) found.push(`${urn}: ours names ${path}`);
    found.push(...a.properties.flatMap((property) => valueDisagreement(property, b.inputs).map((words) => `${urn}: ${words}`)));
  }
  const same = (plain.changeSummary["same"] ?? 0) - plain.steps.filter(({ op, urn }) => op === "same" && urn.includes("pulumi:pulumi:Stack")).length;
  if (same !== ours.unchanged) found.push(`ours ${ours.unchanged} unchanged, plain ${same}`);
  return found;
}

function valueDisagreement({ path, after }: PropertyChange, inputs: Record<string, unknown>): string[] {
  const theirs = valueAt(inputs, path);
  if (after.kind === "plain" && JSON.stringify(theirs) !== JSON.stringify(after.value))
    return [`${path} is ${JSON.stringify(after.value)} here, ${JSON.stringify(theirs)} there`];
  if (after.kind === "secret" && theirs !== masked) return [`${path} is secret here, ${JSON.stringify(theirs)} there`];
  if (after.kind === "unknown" && theirs !== "04da6b54-80e4-46f7-96ec-b56ff0331ba9") return [`${path} is unknown here, ${JSON.stringify(theirs)} there`];
  if (after.kind === "absent" && theirs !== undefined) return [`${path} is absent here, ${JSON.stringify(theirs)} there`];
  return [];
}

describe("agreement with plain pulumi", () => {
  let shop: Workshop;
  let plain: PlainPulumi;
  beforeAll(async () => {
    shop = await openWorkshop();
    plain = new PlainPulumi(shop, (await anEngine()) ?? "pulumi");
    await plain.start();
  });
  afterAll(async () => {
    await plain.stop();
    await shop.close();
  });

  /** Both previews read the same program, at once, from a folder each: plain pulumi writes into its own. */
  async function both(engine: Engine, name: string, program: readonly Declared[]): Promise<{ ours: ChangeSet; theirs: PlainPreview }> {
    await shop.program(programText(program));
    const site = shop.site(name);
    const copy = await mkdtemp(join(shop.root, "plain-"));
    for (const file of ["Pulumi.yaml", "package.json"]) await cp(join(site.directory, file), join(copy, file));
    await writeFile(join(copy, "index.ts"), programText(program));
    await symlink(fileURLToPath(new URL("../../node_modules", import.meta.url)), join(copy, "node_modules"));
    const [outcome, theirs] = await Promise.all([engine.preview(site, { ...limits, live: false }), plain.preview(site.pulumiStack, copy)]);
    await rm(copy, { recursive: true, force: true });
    expect(outcome.result).toBe("succeeded");
    return { ours: outcome.changes, theirs };
  }

  it(`holds for ${bases * programsPerBase} generated programs, at least ${leastOfEach} of each operation`, async () => {
    const counts: Record<string, number> = {};
    const found: string[] = [];
    for (const [index, base] of fc.sample(baseProgram, { seed, numRuns: bases }).entries()) {
      const name = `base${index}`;
      await shop.program(programText(base));
      await shop.engine.init(shop.site(name));
      expect((await shop.engine.up(shop.site(name), { ...limits, refresh: false })).result).toBe("succeeded");
      for (const program of fc.sample(nextProgram(base), { seed: seed + index, numRuns: programsPerBase })) {
        const { ours, theirs } = await both(shop.engine, name, program);
        for (const { operation } of ours.resources) counts[operation] = (counts[operation] ?? 0) + 1;
        counts["renamed"] = (counts["renamed"] ?? 0) + program.filter(({ key, name: now }) => key !== now).length;
        counts["dependency"] = (counts["dependency"] ?? 0) + program.filter(({ reads }) => reads !== undefined).length;
        counts["secret"] =
          (counts["secret"] ?? 0) + ours.resources.flatMap(({ properties }) => properties).filter(({ after }) => after.kind === "secret").length;
        found.push(...disagreements(ours, theirs));
      }
    }
    console.log(`agreement over ${bases * programsPerBase} programs: ${JSON.stringify(counts)}`);
    expect(found).toEqual([]);
    expect(["create", "update", "replace", "delete", "renamed", "dependency", "secret"].filter((operation) => (counts[operation] ?? 0) < leastOfEach)).toEqual(
      [],
    );
  }, 400_000);

  it("breaks when one event is lost", async () => {
    const base = fc.sample(baseProgram, { seed, numRuns: 1 })[0] ?? [];
    const changed = base.map((resource) => ({ ...resource, size: resource.size + 10, generation: resource.generation + 1 }));
    // Renumbered, so that the adapter's own guard against gaps does not notice: the comparison itself must.
    let gap = 0;
    let dropped = false;
    const lossy = await shop.open({
      tamper: (json) => {
        const event = JSON.parse(json) as {
          sequence: number;
          resourcePreEvent?: { metadata: { urn: string } };
          resOutputsEvent?: { metadata: { urn: string } };
        };
        const urn = (event.resourcePreEvent ?? event.resOutputsEvent)?.metadata.urn ?? "";
        if (urn.endsWith("::a")) {
          gap++;
          dropped = true;
          return undefined;
        }
        return JSON.stringify({ ...event, sequence: event.sequence - gap });
      },
    });
    const { ours, theirs } = await both(lossy, "base0", changed);
    expect(dropped).toBe(true);
    expect(disagreements(ours, theirs)).not.toEqual([]);
  });

  it("breaks when a plain value is called secret, and when a secret one is shown", async () => {
    const parameter = { kind: "parameter", generation: 0, owner: undefined, size: 3, reads: undefined } as const;
    const { ours, theirs } = await both(shop.engine, "base0", [
      { ...parameter, key: "open", name: "open", secret: false },
      { ...parameter, key: "closed", name: "closed", secret: true },
    ]);
    expect(disagreements(ours, theirs)).toEqual([]);
    const turned = (name: string, after: PropertyChange["after"]): ChangeSet => ({
      ...ours,
      resources: ours.resources.map((one) =>
        one.name === name ? { ...one, properties: one.properties.map((property) => (property.path === "value" ? { ...property, after } : property)) } : one,
      ),
    });
    expect(disagreements(turned("open", { kind: "secret" }), theirs)).toEqual([expect.stringMatching(/open: value is secret here, "value-3" there$/)]);
    expect(disagreements(turned("closed", { kind: "plain", value: "value-3" }), theirs)).toEqual([
      expect.stringMatching(/closed: value is "value-3" here, "\[secret\]" there$/),
    ]);
  });
});
