import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runChild, thisMachine } from "../../src/base/process/index.ts";
import { openCloud } from "../../src/satellites/sandbox-cloud/index.ts";
import { modules } from "./client.ts";

const machine = thisMachine();
const source = resolve(import.meta.dirname, "../../src/satellites");

function findEngine(): string | undefined {
  const built = join(machine.cache, "engine");
  const folders = existsSync(built) ? readdirSync(built).map((name) => join(built, name)) : [];
  return [...machine.path.split(delimiter), ...folders].map((folder) => join(folder, "pulumi")).find((file) => existsSync(file));
}
const engine = findEngine();

const program = `
import * as pulumi from "@pulumi/pulumi";
import * as aws from "@pulumi/aws";
import * as k8s from "@pulumi/kubernetes";
import * as random from "@pulumi/random";
const config = new pulumi.Config();
const vpc = new aws.ec2.Vpc("main", { cidrBlock: config.get("cidr") ?? "10.0.0.0/16", tags: { Name: "main" } });
const subnet = new aws.ec2.Subnet("inner", { vpcId: vpc.id, cidrBlock: vpc.cidrBlock.apply((range) => range.replace("0.0/16", "1.0/24")) });
const password = new random.RandomPassword("password", { length: 20 });
const apps = new k8s.core.v1.Namespace("apps");
const labels = { app: "web" };
const metadata = { namespace: apps.metadata.name };
new k8s.apps.v1.Deployment("web", { metadata, spec: { replicas: 2, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: "web", image: "web:1", env: [{ name: "PASSWORD", value: password.result }] }] } } } });
const service = new k8s.core.v1.Service("web", { metadata, spec: { selector: labels, ports: config.get("bad") === undefined ? [{ port: 80 }] : [] } });
new k8s.yaml.v2.ConfigGroup("extra", { objs: [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "extra", namespace: "default" }, data: { a: "1" } }] });
export const address = service.spec.clusterIP;
export const subnetId = subnet.id;
`;

let root: string;
const children: ChildProcess[] = [];
let ports: { cloud: number; console: number; host: number };

async function server(args: string[]): Promise<Record<string, number>> {
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  children.push(child);
  for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line) as Record<string, number>;
  throw new Error(`${args[0]} ended without a port`);
}

async function pulumi(...args: string[]): Promise<{ code: number | undefined; text: string; ms: number }> {
  const attached = ["aws", "kubernetes", "random", "tls"].map((name) => `${name}:${ports.cloud}`).join(",");
  const client = args[0] === "preview" || args[0] === "up" ? [`--client=127.0.0.1:${ports.host}`] : [];
  const result = await runChild([engine ?? "pulumi", ...args, "--stack", "dev", "--non-interactive", "--color", "never", ...client], {
    cwd: join(root, "program"),
    deadlineMs: 60_000,
    env: {
      PATH: `${join(process.execPath, "..")}${delimiter}${machine.path}`,
      HOME: root,
      PULUMI_HOME: join(root, "home"),
      PULUMI_BACKEND_URL: `file://${join(root, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_DEBUG_PROVIDERS: attached,
    },
  });
  return { code: result.exitCode, text: result.stdout + result.stderr, ms: result.durationMs };
}

beforeAll(async () => {
  if (engine === undefined) return;
  root = mkdtempSync(join(tmpdir(), "trueup-sandbox-engine-"));
  for (const folder of ["program", "state", "home"]) mkdirSync(join(root, folder));
  const files = {
    "Pulumi.yaml": "name: sandbox\nruntime: {name: nodejs, options: {typescript: false}}\nmain: index.ts\n",
    "package.json": '{"type":"module"}',
    "index.ts": program,
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, "program", name), text);
  symlinkSync(modules, join(root, "program/node_modules"));
  const cloud = await server([
    join(source, "sandbox-cloud/main.ts"),
    "serve",
    "--store",
    join(root, "store"),
    "--sdk",
    modules,
    "--cache",
    join(tmpdir(), "trueup-sdk-declarations"),
  ]);
  const host = await server([join(source, "program-host/main.ts"), "serve", "--cache", join(root, "programs")]);
  ports = { cloud: cloud["port"] ?? 0, console: cloud["console"] ?? 0, host: host["port"] ?? 0 };
});

afterAll(async () => {
  const ended = children.map((child) => new Promise((done) => child.once("exit", done)));
  for (const child of children) child.stdin?.end();
  await Promise.all(ended);
  if (engine !== undefined) rmSync(root, { recursive: true, force: true });
});

if (engine === undefined) console.log("skipped: the sandbox cloud under the real engine, because no pulumi is on PATH or built");

test.skipIf(engine === undefined)("an ordinary program goes up, stays unchanged, drifts by hand, is repaired, is refused when bad, and goes down", async () => {
  const cloud = openCloud(join(root, "store"));
  const times: Record<string, string> = {};
  const step = async (name: string, expected: number, ...args: string[]): Promise<string> => {
    const { code, text, ms } = await pulumi(...args);
    times[name] = `${Math.round(ms)} ms`;
    expect(code, `${name}\n${text}`).toBe(expected);
    return text;
  };
  await step("init", 0, "stack", "init", "--no-select");
  await step("preview of nothing", 0, "preview");
  expect(cloud.ledger()).toHaveLength(0);
  await step("up", 0, "up", "--yes", "--skip-preview");
  const written = cloud.ledger().length;
  await step("preview without change", 0, "preview", "--refresh", "--expect-no-changes");
  await step("refresh without drift", 0, "refresh", "--preview-only", "--expect-no-changes");

  cloud.set("vpc main", "tags.Name", "by hand");
  cloud.delete("subnet inner");
  const drift = await step("refresh with drift", 0, "refresh", "--preview-only", "--diff");
  expect(drift).toMatch(/Name: "main" => "by hand"/);
  expect(drift).toMatch(/1 to delete/);
  await step("repair", 0, "up", "--yes", "--skip-preview", "--refresh");
  await step("clean again", 0, "preview", "--refresh", "--expect-no-changes");
  expect(
    cloud
      .ledger()
      .slice(written)
      .filter((line) => line.phase === "commit")
      .map((line) => `${line.actor} ${line.op} ${line.type.split(":").at(-1)}`),
  ).toEqual(["hand update Vpc", "hand delete Subnet", "engine update Vpc", "engine create Subnet"]);

  const before = cloud.ledger().length;
  const bad = await step("a Service without ports", 1, "preview", "-c", "bad=1", "--config-file", join(root, "bad.yaml"));
  expect(bad).toMatch(/spec\.ports.*required value/);
  const moved = await step("another network", 0, "preview", "-c", "cidr=10.9.0.0/16", "--config-file", join(root, "moved.yaml"), "--diff");
  expect(moved).toMatch(/2 to replace/);
  expect(cloud.ledger()).toHaveLength(before);

  await step("destroy", 0, "destroy", "--yes", "--skip-preview");
  expect(cloud.list().filter((object) => object.createdBy !== "")).toEqual([]);
  expect(readFileSync(join(root, "store/ledger.jsonl"), "utf8")).not.toContain("PASSWORD");
  console.log(`real engine on the sandbox cloud: ${JSON.stringify(times)}`);
});
