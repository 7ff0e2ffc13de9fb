import { expect, test } from "vitest";
import { z } from "zod";
import { driftProblem, driftReportOf, sweepDrift } from "../../src/workflows/drift/index.ts";
import { declared, type Home } from "./estate.ts";
import { record, sentences } from "./evidence.ts";

/** What the ledger remembers of drift, as it is written. */
export const kept = z.looseObject({
  checks: z.record(z.string(), z.string()).optional(),
  closed: z.array(z.looseObject({ path: z.string() })).optional(),
  findings: z.array(
    z.looseObject({
      stack: z.string(),
      kind: z.string(),
      name: z.string(),
      tries: z.number(),
      properties: z.array(z.looseObject({ path: z.string(), firstSeen: z.string(), returns: z.array(z.string()) })),
    }),
  ),
});

/** What the ledger remembers of drift. */
export async function remembered(home: Home): Promise<z.infer<typeof kept>> {
  return kept.parse((await record(home))["drift"]);
}
export const pathsOf = ({ findings }: z.infer<typeof kept>): string[] =>
  findings.flatMap(({ stack, name, properties }) => properties.map(({ path }) => `${stack} ${name} ${path}`));

/** How many commits the ledger has: each is one push. */
export const pushes = async (home: Home): Promise<number> => (await sentences(home)).length;
export const tier = (home: Home): unknown =>
  z.looseObject({ tier: z.unknown() }).parse(home.cloud.show("settings", { type: "ConfigMap" }).properties["data"]).tier;
export const write = (home: Home, value: string): void => void home.cloud.set("settings", "data.tier", value, { type: "ConfigMap" });

/** Each stack with a rule of its own for its drift. */
export function schedule(home: () => Home): void {
  test("by schedule each stack is handled as its mode says: found and recorded, proposed, or put back, and looked at again only when it is due", async () => {
    for (const [stack, rule] of [
      ["app", '{ mode: "fix" }'],
      ["mesh", '{ mode: "propose" }'],
      ["cluster", '{ schedule: "0 0 1 1 *" }'],
    ] as const)
      await home().land("modes", declared(`args: values.${stack} }`, `args: values.${stack}, drift: ${rule} }`));
    expect((await home().apply()).end).toBe("nothing");
    write(home(), "huge");
    home().cloud.set("routes", "data.path", "/elsewhere", { type: "ConfigMap" });
    const swept = await sweepDrift(await home().open(), { environment: "dev" });
    const report = driftReportOf({ detection: swept.detection, repair: swept.repair, sweep: swept }, 1);
    expect([driftProblem({ detection: swept.detection, repair: swept.repair }), tier(home())]).toEqual([undefined, "small"]);
    expect(report.stacks.flatMap(({ rows }) => rows.map(({ finding, repair }) => [finding.stack, repair]))).toEqual([
      ["app", "fixed"],
      ["mesh", undefined],
    ]);
    expect(report.proposals?.map(({ stack, title }) => [stack, title])).toEqual([["mesh", "dev.mesh: 1 changed"]]);
    expect(report.proposals?.[0]?.body).toMatch(/^<!-- trueup:drift:dev\.mesh -->\n### .*\n[^]*\| changed \| dev\.mesh \|.*data\.path/);
    const now = await remembered(home());
    expect([pathsOf(now), Object.keys(now.checks ?? {})]).toEqual([["mesh routes data.path"], ["cluster"]]);
    const before = await pushes(home());
    const next = await home().run(["drift", "dev", "--scheduled"]);
    expect([next.exit, await pushes(home())]).toEqual([7, before]);
    expect(next.out).toMatch(/not due: cluster, next at \d{4}-01-01T00:00:00/);
    expect((await home().run(["drift", "dev", "--scheduled", "--fix"])).exit).toBe(2);
  });
}
