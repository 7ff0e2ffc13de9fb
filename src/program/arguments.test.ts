import { describe, expect, it } from "vitest";
import { z } from "zod";
import { Problem } from "../base/problem/index.ts";
import { stack } from "../declare/index.ts";
import { checkedArguments } from "./arguments.ts";

function refusal(schema: z.ZodType, args: Readonly<Record<string, never>> | object): Problem {
  try {
    check(schema, args);
  } catch (error) {
    if (error instanceof Problem) return error;
  }
  throw new Error("nothing was refused");
}

function check(schema: z.ZodType, args: object): unknown {
  const entry = stack("stacks/shop", { layer: "apps", args: JSON.parse(JSON.stringify(args)) as Record<string, never> });
  return checkedArguments(schema, { file: "environments/dev/environment.ts", stackName: "shop", entry });
}

const schema = z.object({
  count: z.int().min(1),
  size: z.string().default("small"),
  disk: z.object({ gb: z.int() }).optional(),
  teams: z.record(z.string(), z.object({ lead: z.string() })).optional(),
  ports: z.array(z.object({ port: z.int() })).default([]),
});

describe("a stack's arguments", () => {
  it("are completed by the schema's defaults", () => {
    expect(check(schema, { count: 3 })).toEqual({ count: 3, size: "small", ports: [] });
  });

  it.each([
    { args: { count: 3, cuont: 4 }, at: "args.cuont", near: `Did you mean "count"?` },
    { args: { count: 3, disk: { gb: 1, mb: 2 } }, at: "args.disk.mb", near: `Did you mean "gb"?` },
    { args: { count: 3, teams: { a: { leda: "x" } } }, at: "args.teams.a.leda", near: `Did you mean "lead"?` },
    { args: { count: 3, ports: [{ prot: 1 }] }, at: "args.ports[0].prot", near: `Did you mean "port"?` },
  ])("that the schema does not know are refused: $at", ({ args, at, near }) => {
    const problem = refusal(schema, args);
    expect(problem.code).toBe("ARGS_INVALID");
    expect(problem.on).toBe(`environments/dev/environment.ts, stacks.shop.${at}`);
    expect(problem.what).toContain(near);
  });

  it("that are wrong are refused with their path", () => {
    expect(refusal(schema, { count: 0 }).on).toContain("stacks.shop.args.count");
    expect(refusal(schema, { count: "3", size: 1 }).what).toContain("and 1 more");
  });

  it("may hold any key where the schema says so", () => {
    expect(check(z.looseObject({ a: z.int() }), { a: 1, b: 2 })).toEqual({ a: 1, b: 2 });
    expect(check(z.unknown(), { anything: 1 })).toEqual({ anything: 1 });
  });
});
