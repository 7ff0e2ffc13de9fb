import { expect, it } from "vitest";
import type { Progress } from "../../workflows/estate/index.ts";
import { groupStacks } from "./ci-groups.ts";

function told(all: readonly Progress[]): string[] {
  const groups: string[] = [];
  const output = { group: (title: string, lines: readonly string[]) => [title, ...lines].join(" | ") };
  const observer = groupStacks(output, (text) => groups.push(text));
  for (const progress of all) observer(progress);
  return groups;
}

type Step = Progress & { kind: "resource" };

const done = (stack: string, name: string, more: Partial<Pick<Step, "operation" | "phase">> = {}): Step => ({
  kind: "resource",
  stack,
  operation: "create",
  phase: "done",
  ...more,
  urn: `urn:pulumi:dev::acme::acme:Parent$aws:s3/bucket:Bucket::${name}`,
});

it("tells each stack's resources in one group when it comes to rest, whatever others do meanwhile", () => {
  const groups = told([
    { kind: "stack", stack: "machines", state: "applying" },
    { kind: "stack", stack: "apps", state: "applying" },
    done("machines", "logs", { phase: "started" }),
    done("apps", "web", { operation: "update" }),
    done("machines", "logs"),
    done("machines", "kept", { operation: "same" }),
    { kind: "stack", stack: "apps", state: "applied", detail: "1 update" },
    done("machines", "data", { operation: "delete", phase: "failed" }),
    { kind: "stack", stack: "machines", state: "failed" },
  ]);
  expect(groups).toEqual([
    "apps: applied (1 update) | update aws:s3/bucket:Bucket web",
    "machines: failed | create aws:s3/bucket:Bucket logs | failed to delete aws:s3/bucket:Bucket data",
  ]);
});

it("tells nothing of a stack to which nothing happened, and tells nothing twice", () => {
  const rest: Progress = { kind: "stack", stack: "apps", state: "previewed" };
  expect(told([rest, done("apps", "web"), rest, rest])).toHaveLength(1);
});

it("has a bound, and says what it leaves out", () => {
  const many = Array.from({ length: 1_200 }, (_, index) => done("apps", `web${index}`));
  const [group = ""] = told([...many, { kind: "stack", stack: "apps", state: "applied" }]);
  expect([group.split(" | ").length, group.endsWith(" | and 700 more")]).toEqual([502, true]);
});
