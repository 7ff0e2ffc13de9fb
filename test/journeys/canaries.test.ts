import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { openEngine } from "../../src/adapters/engine/index.ts";
import { runChild, thisMachine } from "../../src/base/process/index.ts";
import { commentLimits, previewComment } from "../../src/domain/reports/index.ts";
import { isGuessedRule } from "../../src/satellites/sandbox-cloud/index.ts";
import { previewEnvironment, previewReport } from "../../src/workflows/preview/index.ts";
import { engine, isFull, newHome, type Change, type Home, type Told } from "./estate.ts";

vi.setConfig({ testTimeout: 200_000, hookTimeout: 400_000 });

/** Letters that each of the forms writes differently. */
const canaries = { config: "canary-config/8f+27 a1", reference: 'canary-reference/51"dd 09', turned: "canary-turned/3b&9e 42" } as const;
type Known = Readonly<Record<string, string>>;

/** In which forms a value may hide, with the padding that a longer text around it would take away. */
function forms(text: string): string[] {
  const bytes = Buffer.from(text);
  const base64 = bytes.toString("base64").replace(/=+$/, "");
  return [text, base64, bytes.toString("base64url"), encodeURIComponent(text), JSON.stringify(text).slice(1, -1), bytes.toString("hex")];
}
/** As a comment writes it. */
const inMarkup = (text: string): string => text.replaceAll("&", "&amp;");
const hits = (text: string, known: Known): string[] =>
  Object.entries(known).flatMap(([name, canary]) => ([...forms(canary), inMarkup(canary)].some((form) => text.includes(form)) ? [name] : []));

/** Code that says a value in every way that a program has, and in every form. */
const says = `function says(name: string, given: pulumi.Output<unknown>): void {
  given.apply((value) => {
    const text = String(value);
    const bytes = Buffer.from(text);
    pulumi.log.warn(name + " warned " + text + " " + bytes.toString("hex"));
    for (const form of [text, bytes.toString("base64"), bytes.toString("hex"), encodeURIComponent(text), JSON.stringify(text)]) {
      console.log(name, "out", form);
      console.error(name, "err", form);
      pulumi.log.info(name + " info " + form);
      pulumi.log.debug(name + " debug " + form);
    }
  });
}`;

/** Two stacks; what is secret lies in a file beside the clone, so that no commit and no copy of one holds it. */
function estate(values: string): Readonly<Record<string, Change>> {
  const read = `JSON.parse(readFileSync(${JSON.stringify(values)}, "utf8")) as Record<string, string>`;
  return {
    "stacks/base/index.ts": `import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { defineStack } from "trueup";
import { z } from "zod";
export default defineStack({ args: z.object({}), program: () => ({ token: pulumi.secret((${read})["reference"] ?? "") }) });
`,
    "stacks/app/wrap.ts": wrapped("plain"),
    "stacks/app/index.ts": `import { readFileSync } from "node:fs";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { defineStack } from "trueup";
import { z } from "zod";
import type base from "../base/index.ts";
import { kind, wrap } from "./wrap.ts";
${says}
export default defineStack({
  args: z.object({}),
  program(_, ctx) {
    const turned = wrap((${read})["turned"] ?? "");
    const password = new random.RandomPassword("password", { length: 24 }).result;
    const all = { config: new pulumi.Config().requireSecret("token"), reference: ctx.stack<typeof base>("base").output("token"), password, turned };
    for (const [name, value] of Object.entries(all)) {
      new aws.ssm.Parameter(name, { name: "/" + name, type: "String", value: pulumi.output(value).apply(String), tags: { kind } });
      says(name, pulumi.output(value));
    }
    return { turned };
  },
});
`,
    "environments/dev/environment.ts": `import { defineEnvironment, stack } from "trueup";
import type app from "../../stacks/app/index.ts";
import type base from "../../stacks/base/index.ts";
export default defineEnvironment({
  cloud: "sandbox",
  stacks: {
    base: stack<typeof base>("stacks/base", { layer: "machines", args: {} }),
    app: stack<typeof app>("stacks/app", { layer: "apps", args: {} }),
  },
});
`,
  };
}

function wrapped(how: "plain" | "secret", kind: string = how): string {
  const wrap = how === "secret" ? "pulumi.secret(value)" : "pulumi.output(value)";
  return `import * as pulumi from "@pulumi/pulumi";\nexport const kind = "${kind}";\nexport const wrap = (value: string): pulumi.Output<string> => ${wrap};\n`;
}

/** The config file of the stack with one encrypted value, made by the CLI as a person makes it. */
async function secretConfig(home: Home): Promise<string> {
  const folder = join(home.folder, "config");
  await mkdir(join(folder, "backend"), { recursive: true });
  await writeFile(join(folder, "Pulumi.yaml"), "name: small\nruntime: nodejs\n");
  const backend = pathToFileURL(join(folder, "backend")).href;
  const env = { PATH: thisMachine().path, HOME: folder, PULUMI_HOME: folder, PULUMI_BACKEND_URL: backend, PULUMI_CONFIG_PASSPHRASE: "sandbox" };
  for (const args of [
    ["stack", "init", "dev.app"],
    ["config", "set", "--secret", "token", canaries.config, "-s", "dev.app"],
  ]) {
    const done = await runChild([engine ?? "pulumi", ...args, "--non-interactive"], { cwd: folder, env, deadlineMs: 60_000 });
    expect(done).toMatchObject({ exitCode: 0 });
  }
  return readFile(join(folder, "Pulumi.dev.app.yaml"), "utf8");
}

/** Every file that trueup keeps beside the clone, but for the cloud itself and the encrypted state. */
async function keptFiles(home: Home): Promise<Readonly<Record<string, string>>> {
  const root = join(home.clone, ".trueup");
  const found: Record<string, string> = {};
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name).slice(root.length + 1);
    if (entry.isFile() && !/^(cloud|state)\//.test(path)) found[path] = await readFile(join(root, path), "latin1");
  }
  return found;
}
const ledger = (home: Home, range: string): Promise<string> => home.git("--git-dir", home.remote, "log", "-p", range);
const head = (home: Home): Promise<string> => home.git("--git-dir", home.remote, "rev-parse", "refs/heads/trueup/dev");
const valueOf = (home: Home, name: string): string =>
  z.looseObject({ value: z.string() }).parse(home.cloud.list().find(({ createdBy }) => createdBy.endsWith(`Parameter::${name}`))?.properties).value;

describe.skipIf(engine === undefined || !isFull)("what is secret, in all that trueup says and keeps", () => {
  let home: Home;
  /** With the value that the cloud made. */
  let known: Known;
  /** The ledger's head before the value was secret. */
  let plainUntil = "";
  const said: Record<string, Told> = {};
  const run = async (name: string, ...args: string[]): Promise<Told> => (said[name] = await home.run(args));

  beforeAll(async () => {
    home = await newHome();
    const values = join(home.folder, "values.json");
    await writeFile(values, JSON.stringify(canaries));
    await home.land("canaries", { ...estate(values), "environments/Pulumi.dev.app.yaml": await secretConfig(home) });
    await run("first", "apply", "dev");
    plainUntil = await head(home);
    known = { ...canaries, password: valueOf(home, "password") };

    await home.commit("secret", { "stacks/app/wrap.ts": wrapped("secret") });
    await run("turning", "preview", "dev", "--ref", "secret", "--comment");
    await home.merge("secret");
    await run("turned", "apply", "dev", "-o", "json");

    const words = Object.values(known).flatMap(forms).join(" and ");
    home.cloud.set("turned", "value", `by hand: ${canaries.turned}`);
    await run("drifted", "drift", "dev", "--record");
    home.cloud.set("turned", "value", canaries.turned);

    await home.commit("plain", { "stacks/app/wrap.ts": wrapped("plain", "again") });
    await run("turning back", "preview", "dev", "--ref", "plain", "-o", "json");
    await home.merge("plain");
    const fault = home.cloud.fault.add({ kind: "fail-before", urn: "*Parameter::config", op: "update", message: `the cloud wants none of ${words}` });
    await run("failed", "apply", "dev");
    home.cloud.fault.clear(fault.id);
    await Promise.all([run("status", "status", "dev", "-o", "json"), run("log", "log", "dev"), run("whole log", "log", "dev", "-o", "json")]);
  });
  afterAll(() => home.remove());

  test("every command did what it was run for", () => {
    const exits = Object.fromEntries(Object.entries(said).map(([name, { exit }]) => [name, exit]));
    const good = { first: 0, turning: 0, turned: 0, "turning back": 0, status: 0, log: 0, "whole log": 0 };
    expect(exits).toEqual({ ...good, drifted: 7, failed: 14 });
    expect(said["turning"]?.out).toMatch(/turned/);
    expect(said["drifted"]?.out).toMatch(/value.*\[secret\]/);
    expect(`${said["failed"]?.out}${said["failed"]?.err}`).toMatch(/the cloud wants none of \[secret\] and \[secret\]/);
    expect(Object.values(known).map((value) => value.length >= 20)).toEqual([true, true, true, true]);
  });

  test("is in nothing that a command prints", () => {
    const { turned: _, ...always } = known;
    const found = Object.entries(said).flatMap(([name, { out, err }]) =>
      hits(`${out}\n${err}`, name === "first" ? always : known).map((hit) => `${hit} in ${name}`),
    );
    expect(found).toEqual([]);
  });

  test("is in no commit of the ledger; nor is, from when it turns secret, what was plain", async () => {
    const { turned: _, ...always } = known;
    const [all, since] = await Promise.all([ledger(home, "refs/heads/trueup/dev"), ledger(home, `${plainUntil}..refs/heads/trueup/dev`)]);
    expect([all.length > since.length, since.split("\ncommit ").length > 6]).toEqual([true, true]);
    expect([hits(all, always), hits(since, known)]).toEqual([[], []]);
  });

  test("is in no file that is kept", async () => {
    const files = await keptFiles(home);
    expect(Object.keys(files).length).toBeGreaterThan(5);
    const { turned: _, ...always } = known;
    // A backup is the state as it was, encrypted where the state was: what had not turned secret yet is plain in it.
    const found = Object.entries(files).flatMap(([path, text]) => hits(text, path.startsWith("backups/") ? always : known).map((hit) => `${hit} in ${path}`));
    expect(found).toEqual([]);
  });

  test("control: with the filter off the same search finds each of them in events, comment and JSON", async () => {
    await home.commit("once-more", { "stacks/app/wrap.ts": wrapped("secret", "once more") });
    const events: string[] = [];
    const opened = await home.open();
    const unfiltered = await openEngine({
      machine: opened.machine,
      work: join(home.folder, "unfiltered"),
      cache: opened.machine.cache,
      pulumi: engine,
      programHost: "auto",
      sandbox: { store: join(home.clone, ".trueup/cloud"), sdk: join(home.clone, "node_modules") },
      isGuessed: isGuessedRule,
      controls: { keepDebug: true, unscrubbed: true, tamper: (json) => (events.push(json), json) },
    });
    try {
      const preview = await previewEnvironment({ ...opened, engine: async () => unfiltered }, { environment: "dev", ref: "once-more", all: false });
      const report = previewReport(preview, new Date());
      const comment = previewComment({ marker: "preview:dev", reports: [report] }, commentLimits.github);
      const all = Object.keys(known).toSorted();
      expect([events.join("\n"), JSON.stringify(report), comment].map((text) => hits(text, known).toSorted())).toEqual([all, all, all]);
    } finally {
      await unfiltered.close();
    }
  });
});
