import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { commentLimits } from "../../src/domain/reports/index.ts";
import { engine, isFull, type Change } from "./estate.ts";
import { Team } from "./team.ts";

const deadlineMs = 400_000;
vi.setConfig({ testTimeout: deadlineMs, hookTimeout: deadlineMs });

const dialects = isFull ? (["github", "gitlab"] as const) : ([] as const);
const stacks = Array.from({ length: 30 }, (_, index) => `s${String(index + 1).padStart(2, "0")}`);
const keys = Array.from({ length: 20 }, (_, index) => `k${String(index + 1).padStart(2, "0")}`);
const valueLength = 900;

/** Text that is different in each place, so that nothing can be grouped. */
function valueOf(stack: string, key: string, edition: number): string {
  const word = `${stack}.${key}.${edition} `;
  return word.repeat(Math.ceil(valueLength / word.length)).slice(0, valueLength);
}

const program = `import * as k8s from "@pulumi/kubernetes";
import { defineStack } from "trueup";
import { z } from "zod";

export default defineStack({
  args: z.object({ name: z.string(), data: z.record(z.string(), z.string()) }),
  program(args) {
    new k8s.core.v1.ConfigMap(\`notes-\${args.name}\`, { metadata: { name: args.name, namespace: "default" }, data: args.data });
    return {};
  },
});
`;

const environment = `import { defineEnvironment, stack } from "trueup";
import type notes from "../../stacks/notes/index.ts";
import values from "./values.json" with { type: "json" };

export default defineEnvironment({
  cloud: "sandbox",
  stacks: {
${stacks.map((name) => `    ${name}: stack<typeof notes>("stacks/notes", { layer: "apps", args: { name: "${name}", data: values.${name} } }),`).join("\n")}
  },
});
`;

const edition = (number: number): Readonly<Record<string, Change>> => ({
  "environments/dev/values.json": JSON.stringify(
    Object.fromEntries(stacks.map((stack) => [stack, Object.fromEntries(keys.map((key) => [key, valueOf(stack, key, number)]))])),
    undefined,
    1,
  ),
});

/** What markdown needs a partner for, and how often it stands alone. */
function unpaired(text: string): readonly string[] {
  const fences = text.split("\n").filter((line) => /^\s*(```|~~~)/.test(line)).length;
  const folds = (text.match(/<details>/g) ?? []).length - (text.match(/<\/details>/g) ?? []).length;
  return [...(fences % 2 === 0 ? [] : ["a fence"]), ...(folds === 0 ? [] : ["a fold"])];
}

/** Stack → how many of its changed keys its fold shows or says to have left out. */
function toldKeys(body: string): Readonly<Record<string, number>> {
  const folds = body.split("<details><summary>").slice(1);
  return Object.fromEntries(
    folds.flatMap((fold) => {
      const stack = /<b>dev\.(s\d\d)<\/b>/.exec(fold)?.[1];
      if (stack === undefined) return [];
      const values = (fold.match(/^\+ data\.k\d\d: .*$/gm) ?? []).filter((line) => line.includes(`${stack}.`)).length;
      const names = fold.includes("# values left out") ? (fold.match(/^! data\.k\d\d$/gm) ?? []).length : 0;
      return [[stack, values + names + Number(/^# … (\d+) more changed keys? left out$/m.exec(fold)?.[1] ?? 0)]];
    }),
  );
}

/** Merged, all of it is live, told once and within the limits, and nothing is left to do. */
async function isApplied(team: Team, number: number): Promise<void> {
  const merged = team.forge.merge("bob", number, "merge");
  const { exit, err } = await team.run(["apply", "--branch", "env/dev"], { deadlineMs });
  expect([exit, err.split("\n").slice(-4)]).toEqual([0, expect.anything()]);
  expect(team.forge.statuses(merged).map((one) => [one.name, one.state])).toEqual([["trueup/apply (dev)", "success"]]);
  const [told = "", ...more] = team.ours(number).filter((body) => body.includes("trueup:apply:"));
  const { units, bytes } = commentLimits[team.forge.name];
  expect([more, told.length <= units, Buffer.byteLength(told) <= bytes, unpaired(told)]).toEqual([[], true, true, []]);
  for (const stack of stacks) expect([stack, told.includes(stack)]).toEqual([stack, true]);
  const { properties } = team.home.cloud.show("notes-s30", { type: "ConfigMap" });
  expect(JSON.stringify(properties)).toContain(valueOf("s30", "k20", 2));
  expect((await team.run(["apply", "--branch", "env/dev"], { deadlineMs })).exit).toBe(0);
}

describe.skipIf(engine === undefined || !isFull)("a pull request that changes 30 stacks by a megabyte", () => {
  let first: Team;
  let applyMs = 0;
  beforeAll(async () => {
    first = await Team.found("github", { "stacks/notes/index.ts": program, "environments/dev/environment.ts": environment, ...edition(1) });
    const began = performance.now();
    const { exit, err } = await first.run(["apply", "dev"], { deadlineMs });
    if (exit !== 0) throw new Error(`the first apply ended with ${exit}: ${err}`);
    applyMs = performance.now() - began;
  });
  afterAll(() => first?.close());

  test.each(dialects)("is told on %s within its limits: every stack is there, and what is not is said", async (name) => {
    const team = await first.copy(name);
    try {
      const number = await team.open("rewrite", edition(2));
      const began = performance.now();
      const { exit, err, out } = await team.run(["preview", "--pr", String(number)], { deadlineMs });
      const seconds = (performance.now() - began) / 1000;
      expect([exit, err.split("\n").slice(-4)]).toEqual([0, expect.anything()]);
      const [body = "", ...others] = team.ours(number);
      const { units, bytes } = commentLimits[name];
      const size = stacks.length * keys.length * valueLength * 2;
      console.log(
        `${name}: ${stacks.length} stacks, ${(size / 1e6).toFixed(2)} MB before and after: applied first in ${(applyMs / 1000).toFixed(1)} s, ` +
          `previewed and told in ${seconds.toFixed(1)} s; the comment has ${body.length} of ${units} characters`,
      );
      expect(size).toBeGreaterThan(1_000_000);
      expect([others, body.length <= units, Buffer.byteLength(body) <= bytes]).toEqual([[], true, true]);
      expect(unpaired(body)).toEqual([]);
      expect(unpaired("```\n<details>")).toEqual(["a fence", "a fold"]);
      for (const stack of stacks) expect([stack, body.includes(stack)]).toEqual([stack, true]);
      expect(toldKeys(body)).toEqual(Object.fromEntries(stacks.map((stack) => [stack, keys.length])));
      expect(toldKeys(body.replace(/^# … \d+ more changed keys? left out$/m, ""))).not.toEqual(toldKeys(body));
      expect(body).toContain("args.data.k01 changed, args.data.k02 changed, args.data.k03 changed and 17 more");
      expect(out).toContain("s30");
      const [status] = team.forge.statuses(team.forge.head("rewrite"));
      expect(status).toMatchObject({ name: "trueup/preview (dev)", state: "success" });
      await isApplied(team, number);
    } finally {
      await team.close();
    }
  });
});
