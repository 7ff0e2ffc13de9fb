import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Problem } from "../../base/problem/index.ts";
import { thisMachine } from "../../base/process/index.ts";
import type { Environment } from "../../domain/environments/index.ts";
import { openPrograms, type Programs, type Tree } from "./index.ts";
import { TestRepository, type Files } from "./testing/git-tree.ts";

const good = `import { defineEnvironment, stack } from "trueup";
import values from "./values.json" with { type: "json" };
import { region } from "../../shared/region";
console.log("printing is harmless");
export default defineEnvironment({ cloud: "sandbox", stacks: { shop: stack("stacks/shop", { layer: "apps", args: { ...values, region } }) } });
`;

/** The value of one argument, as code; what stands before it is line 2. */
function withArgument(code: string, before = ""): string {
  return `import { defineEnvironment, stack } from "trueup";
${before}
export default defineEnvironment({ cloud: "sandbox", stacks: { shop: stack("stacks/shop", { layer: "apps", args: {
  value: ${code} } }) } });
`;
}

const impure: readonly [string, string, string, string][] = [
  ["the clock", withArgument("Date.now()"), "reads the clock", ":4"],
  ["the clock by a new date", withArgument("new Date().toISOString()"), "reads the clock", ":4"],
  ["the clock by a call of Date", withArgument("Date()"), "reads the clock", ":4"],
  ["the clock by a date's constructor", withArgument("+new (new Date(0)).constructor()"), "reads the clock", ":4"],
  ["the clock by performance", withArgument("performance.now()"), "reads the clock", ":4"],
  ["the clock by hrtime", withArgument("process.hrtime()[0]"), "reads the clock", ":4"],
  ["the clock by a date format", withArgument("new Intl.DateTimeFormat('en').format()"), "reads the clock", ":4"],
  ["the clock, and catches the refusal", withArgument("now", "let now = 0; try { now = Date.now(); } catch {}"), "reads the clock", ":2"],
  ["chance", withArgument("Math.random()"), "uses randomness", ":4"],
  ["chance by crypto", withArgument("crypto.randomUUID()"), "uses randomness", ":4"],
  ["chance by node:crypto", withArgument("randomUUID()", 'import { randomUUID } from "node:crypto";'), "uses randomness", ":2"],
  ["a variable", withArgument("process.env.HOME"), "reads the variable HOME", ":4"],
  ["all variables", withArgument("Object.keys(process.env)"), "reads the environment's variables", ":4"],
  ["the network by fetch", withArgument("1", 'await fetch("http://127.0.0.1:9");'), "uses the network", ":2"],
  ["the network by node:http", withArgument("1", 'import http from "node:http"; http.get("http://127.0.0.1:9");'), "uses the network", ":2"],
  ["the network by node:net", withArgument("1", '(await import("node:net")).connect(9);'), "uses the network", ":2"],
  ["another program", withArgument("1", 'import { execSync } from "node:child_process"; execSync("true");'), "starts programs", ":2"],
  ["the machine", withArgument("hostname()", 'import { hostname } from "node:os";'), "asks about the machine", ":2"],
  ["a builtin by the back door", withArgument("process.getBuiltinModule('os').hostname()"), "calls process.getBuiltinModule", ":4"],
  ["a file of the machine", withArgument("readFileSync('/etc/hostname', 'utf8')", 'import { readFileSync } from "node:fs";'), "reads /etc/hostname", ":4"],
  [
    "what it writes itself",
    withArgument("1", 'import { writeFileSync } from "node:fs"; writeFileSync(import.meta.dirname + "/x", "");'),
    "writes environments/",
    ":2",
  ],
  ["its place", withArgument("import.meta.dirname"), "gave two results when evaluated twice: stacks.shop.args.value", ""],
  ["the machine's time zone", withArgument("new Date(0).getHours()"), "gave two results when evaluated twice", ""],
  ["the process", withArgument("process.pid"), "gave two results when evaluated twice", ""],
  ["a provider SDK", withArgument("1", 'import * as aws from "@pulumi/aws"; void aws;'), "imports @pulumi/aws", ":2"],
  ["the dispatcher", withArgument("1", 'import dispatch from "trueup/program"; void dispatch;'), "imports trueup/program", ":2"],
  ["a file outside the commit", withArgument("1", 'import "../../../../../../etc/hosts.ts";'), "outside the commit", ":2"],
  ["the end of the process", withArgument("1", "process.exit(0);"), "ends the process", ":2"],
];

const wrong: readonly [string, string, string, string][] = [
  ["throws", 'throw new Error("no such thing\\nsecond line");', "the file fails: no such thing", ":1"],
  ["throws a number", "throw 3;", "a thrown number", ""],
  ["has no default export", "export const a = 1;", "no default export", ""],
  ["does not parse", "export default {{", "the file fails", ""],
  ["leaks a rejected promise", withArgument("1", 'void Promise.reject(new Error("dropped"));'), "dropped", ":2"],
  ["exports a promise", "export default Promise.resolve({});", "is a Promise", ""],
  ["exports a function", "export default () => ({});", "is a function", ""],
  ["exports a cycle", "const a: Record<string, unknown> = {}; a.a = a; export default a;", "contains itself", ""],
  ["exports too much", 'export default { big: "x".repeat(5_000_000) };', "at most 4194304", ""],
  ["imports what is not there", withArgument("1", 'import "./nothing.ts";'), "nothing.ts", ""],
  ["has an unknown key", withArgument("1").replace("cloud:", "cluod: 1, cloud:"), 'unknown key "cluod"', "cluod"],
  ["gives a function as an argument", withArgument("() => 1"), "stacks.shop.args.value is a function", "stacks.shop.args.value"],
];

const ending: readonly [string, string, string][] = [
  ["never ends", "for (;;);", "did not end within"],
  ["waits for ever", "await new Promise(() => undefined);", "never settles"],
  ["prints a gigabyte", 'const line = "x".repeat(1 << 20); for (let i = 0; i < 1024; i++) console.log(line); export default {};', "prints more than 16 MiB"],
  ["eats memory", "const all = []; for (;;) all.push(new Array(1e6).fill(all.length));", "of memory"],
  [
    "breaks the process",
    'import fs from "node:fs"; for (let fd = 3; fd < 40; fd++) { try { fs.closeSync(fd); } catch {} } export default {};',
    "the process that evaluated it ended",
  ],
];

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

function environmentsOf(cases: readonly (readonly [string, string, ...string[]])[], prefix: string): Files {
  return Object.fromEntries(cases.map(([, text], index) => [`environments/${prefix}${index}/environment.ts`, text]));
}

describe("environment files are evaluated in a confined child", { timeout: 60_000 }, () => {
  const repository = new TestRepository();
  let programs: Programs;
  let tree: Tree;
  const work = join(repository.folder, "work");

  beforeAll(() => {
    programs = openPrograms({
      machine: { ...thisMachine(), cache: join(repository.folder, "cache") },
      work,
      checkout: repository.folder,
      limits: { deadlineMs: 4_000, printedBytes: 16 * 1024 * 1024, heapMb: 128 },
    });
    tree = repository.tree({
      ...environmentsOf(impure, "impure"),
      ...environmentsOf(wrong, "wrong"),
      ...environmentsOf(ending, "ending"),
      "environments/good/environment.ts": good,
      "environments/good/values.json": '{"count":3}',
      "environments/empty/values.json": "{}",
      "shared/region.ts": 'export const region: string = "eu-central-1";\n',
      "trueup.config.ts": 'import { defineOrganisation } from "trueup";\nexport default defineOrganisation({ remote: "upstream" });\n',
    });
  });
  afterAll(async () => {
    await programs.close();
    repository.remove();
  });

  async function problemOf(name: string): Promise<Problem> {
    const outcome = await programs.environment(tree, name).then(
      (environment: Environment) => environment.name,
      (thrown: unknown) => thrown,
    );
    if (outcome instanceof Problem) return outcome;
    throw outcome instanceof Error ? outcome : new Error(`nothing was refused: ${String(outcome)}`);
  }

  it("a good file gives plain data, beside files that loop, print and crash", async () => {
    // Asked for together: one child takes them all, and each bad one costs only itself.
    const asked = await Promise.allSettled((await programs.environments(tree)).map((name) => programs.environment(tree, name)));
    expect(asked.filter((each) => each.status === "fulfilled").map((each) => each.value.name)).toEqual(["good"]);
    const environment = await programs.environment(tree, "good");
    expect(environment.stacks[0]).toMatchObject({ name: "shop", args: { count: 3, region: "eu-central-1" } });
    expect((await programs.organisation(tree)).remote).toBe("upstream");
  });

  it.each(impure.map(([what, , said, at], index) => ({ what, said, at, name: `impure${index}` })))(
    "one that depends on $what is refused",
    async ({ name, said, at }) => {
      const problem = await problemOf(name);
      expect(problem.lines.join("\n")).toContain(said);
      expect(problem.code).toBe("ENVIRONMENT_IMPURE");
      expect(problem.on).toContain(`environments/${name}/environment.ts${at}`);
      expect(problem.todo).toContain("values.json");
    },
  );

  it.each(wrong.map(([what, , said, at], index) => ({ what, said, at, name: `wrong${index}` })))("one that $what is refused", async ({ name, said, at }) => {
    const problem = await problemOf(name);
    expect(problem.code).toBe("ENVIRONMENT_INVALID");
    expect(problem.what).toContain(said);
    expect(problem.what).not.toContain("\n");
    expect(problem.on).toContain(`environments/${name}/environment.ts`);
    expect(problem.on).toContain(at);
  });

  it.each(ending.map(([what, , said], index) => ({ what, said, name: `ending${index}` })))("one that $what is named", async ({ name, said }) => {
    const problem = await problemOf(name);
    expect(problem.code).toBe("ENVIRONMENT_INVALID");
    expect(problem.what).toContain(said);
    expect(problem.on).toBe(`environments/${name}/environment.ts`);
  });

  it("a folder without environment.ts, and a name that is none", async () => {
    expect(await problemOf("empty")).toMatchObject({ code: "ENVIRONMENT_INVALID", what: "environments/empty has no environment.ts" });
    const unknown = await problemOf("god");
    expect(unknown.code).toBe("ENVIRONMENT_UNKNOWN");
    expect(unknown.todo).toContain('Did you mean "good"?');
  });

  it("leaves no copy and no process behind", () => {
    expect(existsSync(join(work, "evaluations")) ? readdirSync(join(work, "evaluations")) : []).toEqual([]);
    const evaluators = readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && commandOf(pid).includes(repository.folder));
    expect(evaluators).toEqual([]);
  });
});

describe("the traps", () => {
  it("are what refuses: the same files give data when nothing is taken away", async () => {
    // Control: the expression itself is valid; only the confinement makes it an error.
    expect(await import(`data:text/javascript,${encodeURIComponent("export default { value: Date.now(), random: Math.random() }")}`)).toMatchObject({
      default: { value: expect.any(Number) },
    });
  });
});
