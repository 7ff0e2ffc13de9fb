import { expect, test } from "vitest";
import { closureDigest } from "./closure.ts";
import { plan } from "./plan.ts";
import { movedStacks, refuseDestroyingDeclared, refuseSharedStacks } from "./pulumi-stack.ts";
import { closureOf, environmentOf, stackOf } from "./testing/estate.ts";

const own = (name: string) => ({ stack: stackOf(name), closure: closureOf(name, { project: "acme" }) });
const project = (name: string, at: { readonly path: string; readonly stack: string; readonly project?: string }) => ({
  stack: stackOf(name, { kind: "project", path: at.path, pulumiStack: at.stack }),
  closure: closureOf(name, at.project === undefined ? {} : { project: at.project }),
});
type Declared = ReturnType<typeof own>;

const shared = (...all: readonly Declared[]) =>
  refuseSharedStacks(
    environmentOf(all.map((one) => one.stack)),
    all.map((one) => one.closure),
    { project: "acme", environments: ["dev", "prod"] },
  );
const moved = (declared: Declared, was: { readonly pulumiStack?: string; readonly project?: string; readonly path?: string }, before?: string) =>
  movedStacks({
    environment: environmentOf([declared.stack]),
    closures: [declared.closure],
    live: {
      [declared.stack.name]: {
        closureDigest: "x",
        result: "good",
        ...(was.pulumiStack === undefined ? {} : { pulumiStack: was.pulumiStack }),
        ...(was.project === undefined ? {} : { project: was.project }),
        ...(was.path === undefined ? {} : { declaration: { ...declared.stack, path: was.path } }),
      },
    },
    ...(before === undefined ? {} : { previous: [closureOf(declared.stack.name, { project: before })] }),
  });

test("a project() that names a stack which the repository's own project has is a duplicate, in whatever form and folder it says so", () => {
  const named = (stack: string) => () => shared(own("app"), project("copy", { path: "other", stack, project: "acme" }));
  for (const stack of ["dev.app", "organization/dev.app", "organization/acme/dev.app"]) expect(named(stack)).toThrow(/stacks.app and stacks.copy/);
  expect(() => shared(project("theirs", { path: ".", stack: "prod.app", project: "acme" }))).toThrow(/environment prod/);
});

test("two folders of one project name with one stack name are a duplicate; the same stack name in two projects is none", () => {
  const at = (path: string, name: string) => project(path, { path, stack: "live", project: name });
  expect(() => shared(at("one", "net"), at("two", "net"))).toThrow(/"live" of the project "net"/);
  expect(() => shared(at("one", "net"), at("two", "dns"), own("app"), at("dev.app", "dns2"))).not.toThrow();
});

test("the repository itself may be one ordinary project with stacks of its own names", () => {
  expect(() => shared(project("all", { path: ".", stack: "production", project: "acme" }))).not.toThrow();
});

test("a key that is another Pulumi stack than it was live as has moved: by its stack name, or by its project's", () => {
  const now = project("net", { path: "legacy/net", stack: "acme-prod", project: "net" });
  expect(moved(now, { pulumiStack: "acme-dev", project: "net", path: "legacy/net" })).toEqual([{ stack: "net", was: "net/acme-dev", now: "net/acme-prod" }]);
  expect(moved(now, { pulumiStack: "acme-prod", project: "dns", path: "legacy/dns" })).toEqual([{ stack: "net", was: "dns/acme-prod", now: "net/acme-prod" }]);
  // Records of before projects were noted: what the live commit says, else the folder.
  expect(moved(now, { pulumiStack: "acme-prod", path: "legacy/dns" }, "dns")).toHaveLength(1);
  expect(moved(now, { pulumiStack: "acme-prod", path: "legacy/dns" })).toHaveLength(1);
});

test("a folder that is moved with its project, and a program of ours that is moved, stay the same Pulumi stack", () => {
  const now = project("net", { path: "infra/net", stack: "organization/net/acme-prod", project: "net" });
  expect(moved(now, { pulumiStack: "acme-prod", project: "net", path: "legacy/net" })).toEqual([]);
  expect(moved(now, { pulumiStack: "acme-prod", path: "legacy/net" }, "net")).toEqual([]);
  expect(moved(own("app"), { pulumiStack: "dev.app", path: "old/app" })).toEqual([]);
  expect(moved(own("app"), {})).toEqual([]);
});

test("what moved is in the plan, beside what its key is now", () => {
  const now = project("net", { path: "legacy/net", stack: "acme-prod", project: "net" });
  const live = { net: { closureDigest: closureDigest(now.closure), result: "good" as const, pulumiStack: "acme-dev", project: "net" } };
  const planned = plan({ environment: environmentOf([now.stack]), commit: "c", closures: [now.closure], live });
  expect(planned.moved).toEqual([{ stack: "net", was: "net/acme-dev", now: "net/acme-prod" }]);
});

test("destroying by its old key what another key declares is refused; forgetting it is how a key is renamed", () => {
  const now = project("network", { path: "legacy/net", stack: "acme-dev", project: "net" });
  const live = { net: { closureDigest: "x", result: "good" as const, pulumiStack: "acme-dev", project: "net" } };
  const retire = (action: "destroy" | "forget") => () =>
    refuseDestroyingDeclared({ environment: environmentOf([now.stack], { net: action }), closures: [now.closure], live });
  expect(retire("destroy")).toThrow(/stacks.network declares/);
  expect(retire("forget")).not.toThrow();
});
