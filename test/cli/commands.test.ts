import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { openBacking } from "../../src/satellites/sandbox-cloud/server/backing.ts";
import { listen } from "../../src/satellites/sandbox-cloud/server/listen.ts";
import { openClone, type Clone } from "../plain/estate.ts";
import { Connection, modules, urnOf } from "../sandbox-cloud/client.ts";
import { typed } from "./typed.ts";

const queueType = "aws:sqs/queue:Queue";
const queue = urnOf(queueType, "jobs");
const bucket = urnOf("aws:s3/bucket:Bucket", "logs");
const account = "123456789012";

interface Envelope {
  readonly kind: string;
  readonly data: unknown;
}

/** Commands that need neither an engine nor a forge, as a person types them. */
describe("commands that only look", () => {
  let clone: Clone;
  beforeAll(async () => {
    clone = await openClone("");
    const server = await listen({ backing: openBacking({ store: join(clone.folder, ".trueup/cloud"), sdk: modules, cache: undefined }) });
    const aws = new Connection(server.port);
    await aws.configure("aws");
    await aws.create(queue, (await aws.check(queue, { name: "jobs-q", delaySeconds: 5 })).inputs);
    await aws.create(bucket, (await aws.check(bucket, { bucket: "acme-logs" })).inputs);
    aws.close();
    await server.close();
  });
  afterAll(() => clone.close());

  /** What a command printed for people; it ended well and said nothing else. */
  async function table(...args: string[]): Promise<readonly string[]> {
    const { exit, out, err } = await typed(clone.folder, args);
    expect({ exit, err }).toEqual({ exit: 0, err: "" });
    return out.trimEnd().split("\n");
  }

  async function json(...args: string[]): Promise<Envelope> {
    return JSON.parse((await table(...args, "-o", "json")).join("\n")) as Envelope;
  }

  it("version: trueup's own and Node's", async () => {
    const { version } = JSON.parse(await readFile(join(import.meta.dirname, "../../package.json"), "utf8")) as { version: string };
    expect((await clone.trueup("version")).stdout).toBe(`trueup ${version} (node ${process.version})\n`);
    expect(await table("version")).toEqual([`trueup ${version} (node ${process.version})`]);
    expect(await json("version")).toMatchObject({ kind: "Version", data: { trueup: version, node: process.version } });
    expect(parse((await table("version", "-o", "yaml")).join("\n"))).toEqual(await json("version"));
  });

  it("stack graph and list: who reads whom, in the order in which they are applied", async () => {
    expect(await table("stack", "graph", "dev")).toEqual(["machines", "apps ← machines"]);
    expect(await table("stack", "list", "dev")).toEqual(["machines  dev.machines  stacks/machines", "apps      dev.apps  stacks/apps"]);
    const { kind, data } = await json("stack", "graph", "dev");
    expect([kind, data]).toMatchObject([
      "Graph",
      [
        { name: "machines", pulumiStack: "dev.machines", layer: "machines", upstream: [] },
        { name: "apps", pulumiStack: "dev.apps", layer: "apps", upstream: ["machines"] },
      ],
    ]);
  });

  it("cloud list: every live object, and only those of a type or account that were asked for", async () => {
    // An account begins with a network of its own, as a real one does.
    expect((await table("cloud", "list")).filter((line) => !line.startsWith("aws:ec2/"))).toEqual([
      expect.stringMatching(new RegExp(`^aws:s3/bucket:Bucket  acme-logs  ${account}/\\S+$`)),
      expect.stringMatching(new RegExp(`^aws:sqs/queue:Queue  \\S+jobs-q  ${account}/\\S+$`)),
    ]);
    expect((await table("cloud", "list", "--type", "queue")).map((line) => line.split("  ")[0])).toEqual([queueType]);
    expect(await table("cloud", "list", "--account", "999999999999")).toEqual(["the sandbox cloud is empty"]);
    expect(await json("cloud", "list", "--type", queueType)).toMatchObject({
      kind: "Objects",
      data: [{ type: queueType, health: "healthy", createdBy: queue }],
    });
  });

  it("cloud show: one object by its name or urn, with what is live", async () => {
    const [head, ...body] = await table("cloud", "show", "jobs");
    expect(head).toMatch(/^aws:sqs\/queue:Queue  \S+jobs-q  /);
    expect(JSON.parse(body.join("\n"))).toMatchObject({ name: "jobs-q", delaySeconds: 5 });
    expect(await json("cloud", "show", queue)).toMatchObject({ kind: "Object", data: { createdBy: queue, properties: { delaySeconds: 5 } } });
  });

  it("cloud set: is live at once, and stands in the ledger as done by hand", async () => {
    expect((await table("cloud", "set", "jobs", "delaySeconds", "9"))[0]).toMatch(/^set delaySeconds of aws:sqs\/queue:Queue \S+ to 9$/);
    expect(await json("cloud", "show", "jobs")).toMatchObject({ data: { properties: { delaySeconds: 9 }, revision: 2 } });
    expect((await table("cloud", "ledger")).at(-1)).toMatch(/^\d+  \S+Z  hand  update commit  aws:sqs\/queue:Queue  \S+jobs-q$/);
  });

  it("cloud fault health: the object is listed as such until it is set back", async () => {
    expect((await table("cloud", "fault", "health", "jobs", "unhealthy"))[0]).toMatch(/jobs-q is unhealthy$/);
    expect((await table("cloud", "list", "--type", "queue"))[0]).toMatch(/  unhealthy$/);
    expect(await json("cloud", "fault", "health", "jobs", "healthy")).toMatchObject({ kind: "Object", data: { health: "healthy" } });
    expect((await table("cloud", "list", "--type", "queue"))[0]).not.toMatch(/healthy/);
  });

  it("cloud fault add, list and clear: by their ids", async () => {
    expect(await table("cloud", "fault", "list")).toEqual(["no faults"]);
    const { data: fault } = await json("cloud", "fault", "add", "latency", "--op", "create", "--latency", "20", "--type", queueType);
    expect(fault).toMatchObject({ kind: "latency", op: "create", latencyMs: 20, type: queueType });
    const { id } = fault as { readonly id: string };
    await table("cloud", "fault", "add", "fail-before");
    expect((await table("cloud", "fault", "list"))[0]).toBe(`${id}  latency  create  ${queueType}`);
    expect(await table("cloud", "fault", "clear", id)).toEqual(["1 cleared"]);
    expect(await json("cloud", "fault", "list")).toMatchObject({ kind: "Faults", data: [{ kind: "fail-before" }] });
    expect(await json("cloud", "fault", "clear")).toMatchObject({ kind: "Faults", data: { cleared: 1 } });
    expect(await json("cloud", "fault", "list")).toMatchObject({ data: [] });
  });

  it("cloud delete: it is gone, and the ledger has all that happened in order", async () => {
    expect((await table("cloud", "delete", "logs"))[0]).toBe("deleted aws:s3/bucket:Bucket acme-logs");
    expect((await table("cloud", "list")).map((line) => line.split("  ")[0])).not.toContain("aws:s3/bucket:Bucket");
    expect(await table("cloud", "list", "--type", "bucket")).toEqual(["the sandbox cloud is empty"]);
    const { kind, data } = await json("cloud", "ledger");
    const entries = data as readonly { readonly op: string; readonly phase: string; readonly actor: string; readonly urn: string; readonly seq: number }[];
    expect([kind, entries.filter(({ urn }) => urn === bucket).map(({ op, phase, actor }) => `${actor} ${op} ${phase}`)]).toEqual([
      "CloudLedger",
      ["engine create begin", "engine create commit", "hand delete begin", "hand delete commit"],
    ]);
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map(({ seq }) => seq).toSorted((a, b) => a - b));
    const { exit, err } = await typed(clone.folder, ["cloud", "show", "logs"]);
    expect([exit, err.split("\n")[0]]).toEqual([6, expect.stringMatching(/^CLOUD_OBJECT_UNKNOWN: /)]);
  });
});
