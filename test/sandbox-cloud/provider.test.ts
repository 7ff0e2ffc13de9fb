import { readFileSync, readdirSync } from "node:fs";
import { get } from "node:http";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openCloud } from "../../src/satellites/sandbox-cloud/index.ts";
import { openConsole } from "../../src/satellites/sandbox-cloud/server/console.ts";
import { Objects } from "../../src/satellites/sandbox-cloud/store/objects.ts";
import { wrapSecret } from "../../src/satellites/sandbox-cloud/wire/special.ts";
import { textOf, type JsonObject } from "../../src/satellites/sandbox-cloud/wire/json.ts";
import { initFailure, startSandbox, urnOf, type Sandbox } from "./client.ts";

const bucketType = "aws:s3/bucket:Bucket";
const vpcType = "aws:ec2/vpc:Vpc";
const serviceType = "kubernetes:core/v1:Service";
const deploymentType = "kubernetes:apps/v1:Deployment";

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
});
afterEach(() => sandbox.close());

function deployment(labels: JsonObject, more: JsonObject = {}): JsonObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", ...more },
    spec: { replicas: 2, selector: { matchLabels: { app: "web" } }, template: { metadata: { labels }, spec: { containers: [{ name: "c", image: "nginx" }] } } },
  };
}

describe("names", () => {
  test("a name that was left out is the logical name and hex, the same in every check, and kept when the old inputs have it", async () => {
    const aws = await sandbox.connect("aws");
    const urn = urnOf(bucketType, "logs");
    const first = (await aws.check(urn, {})).inputs;
    expect(first["bucket"]).toMatch(/^logs-[0-9a-f]{7}$/);
    expect((await aws.check(urn, {})).inputs).toEqual(first);
    expect((await aws.check(urn, {}, { bucket: "logs-abcdef0" })).inputs).toEqual({ bucket: "logs-abcdef0" });
  });

  test("kubernetes names carry the mark that lets them be kept", async () => {
    const cluster = await sandbox.connect("kubernetes");
    const { inputs } = await cluster.check(urnOf("kubernetes:core/v1:ConfigMap", "conf"), {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { uid: "x" },
      data: {},
    });
    expect(inputs["metadata"]).toEqual({ name: expect.stringMatching(/^conf-[0-9a-f]{8}$/), annotations: { "pulumi.com/autonamed": "true" } });
  });
});

describe("refusals in the preview", () => {
  const cases: readonly { what: string; type: string; inputs: JsonObject; property: string }[] = (
    [
      ["a Service without ports", serviceType, { metadata: { name: "s" }, spec: { selector: { app: "x" } } }, "spec.ports"],
      ["a Deployment whose selector does not match", deploymentType, deployment({ app: "other" }), "spec.template.metadata.labels"],
      ["a name that kubernetes does not take", serviceType, { metadata: { name: "Not_Valid" }, spec: { ports: [{ port: 80 }] } }, "metadata.name"],
      ["a container without a name", "kubernetes:core/v1:Pod", { metadata: { name: "p" }, spec: { containers: [{ image: "x" }] } }, "spec.containers[0].name"],
      ["a list kind", "kubernetes:core/v1:ConfigMapList", { items: [] }, "kind"],
      ["a CIDR that is none", vpcType, { cidrBlock: "10.0.0.0/99" }, "cidrBlock"],
      ["a missing input", "aws:ec2/subnet:Subnet", {}, "vpcId"],
      ["an unknown input", vpcType, { cidrBlok: "10.0.0.0/16" }, "cidrBlok"],
    ] as const
  ).map(([what, type, inputs, property]) => ({ what, type, inputs, property }));
  test.each(cases)("$what", async ({ type, inputs, property }) => {
    const connection = await sandbox.connect(type.split(":")[0] ?? "");
    const { failures } = await connection.check(urnOf(type, "x"), inputs);
    expect(failures.map((failure) => failure.property)).toContain(property);
  });

  test("control: the valid forms pass", async () => {
    const cluster = await sandbox.connect("kubernetes");
    expect(
      (await cluster.check(urnOf(serviceType, "s"), { metadata: { name: "s" }, spec: { type: "ExternalName", externalName: "a.invalid" } })).failures,
    ).toEqual([]);
    expect((await cluster.check(urnOf(deploymentType, "web"), deployment({ app: "web", more: "labels" }))).failures).toEqual([]);
  });
});

describe("differences", () => {
  async function diffOf(type: string, [before, after]: [JsonObject, JsonObject], ignore: string[] = []) {
    const connection = await sandbox.connect(type.split(":")[0] ?? "");
    return connection.diff(urnOf(type, "x"), "id", { olds: before, oldInputs: before, news: after, ignore });
  }
  test("name the leaves in the engine's spelling", async () => {
    const diff = await diffOf(deploymentType, [deployment({ app: "web", "a.b/c": "1" }), deployment({ app: "web", "a.b/c": "2" })]);
    expect(diff.detailed).toEqual({ 'spec.template.metadata.labels["a.b/c"]': 4 });
    expect(diff).toMatchObject({ diffs: ["spec"], replaces: [] });
  });
  test("a change of what cannot change replaces, and the old goes first where the name stays", async () => {
    expect(await diffOf(vpcType, [{ cidrBlock: "10.0.0.0/16" }, { cidrBlock: "10.1.0.0/16" }])).toMatchObject({ replaces: ["cidrBlock"], deleteFirst: false });
    const job = (image: string): JsonObject => ({ metadata: { name: "j" }, spec: { template: { spec: { containers: [{ name: "c", image }] } } } });
    expect(await diffOf("kubernetes:batch/v1:Job", [job("a"), job("b")])).toMatchObject({ replaces: ["spec"], deleteFirst: true });
  });
  test("null is the same as absent, secrets are compared by their value, ignored paths are left out", async () => {
    expect(await diffOf(bucketType, [{ bucket: "b", tags: null }, { bucket: wrapSecret("b") }])).toMatchObject({ changed: false });
    expect(await diffOf(bucketType, [{ tags: { a: "1" } }, { tags: { a: "2" } }], ["tags.a"])).toMatchObject({ changed: false });
  });
});

test("what a person changes in the cloud comes back as drift of exactly that input, and only that", async () => {
  const cluster = await sandbox.connect("kubernetes");
  const urn = urnOf(deploymentType, "web");
  const inputs = deployment({ app: "web" });
  const made = await cluster.create(urn, inputs);
  expect(made.id).toBe("default/web");
  expect((await cluster.read(urn, made.id, { inputs })).inputs).toEqual(inputs);
  openCloud(sandbox.store).set("deployment web", "spec.replicas", 7);
  openCloud(sandbox.store).set("deployment web", "metadata.annotations.server", "added");
  expect((await cluster.read(urn, made.id, { inputs })).inputs).toEqual({ ...inputs, spec: { ...(inputs["spec"] as JsonObject), replicas: 7 } });
  openCloud(sandbox.store).delete("deployment web");
  expect((await cluster.read(urn, made.id, { inputs })).id).toBe("");
  expect(() => openCloud(sandbox.store).show("deployment web")).toThrow(/no object/);
});

test("a tag that somebody added by hand is drift too", async () => {
  const aws = await sandbox.connect("aws");
  const inputs = { cidrBlock: "10.0.0.0/16", tags: { Name: "a" } };
  const made = await aws.create(urnOf(vpcType, "v"), inputs);
  openCloud(sandbox.store).set(made.id, "tags.Extra", "b");
  const read = await aws.read(urnOf(vpcType, "v"), made.id, { inputs });
  expect(read.inputs).toEqual({ ...inputs, tags: { Name: "a", Extra: "b" } });
  expect(read.properties["tagsAll"]).toEqual({ Name: "a", Extra: "b" });
});

test("secrets come back wrapped where they came in, and never stand in the ledger", async () => {
  const cluster = await sandbox.connect("kubernetes");
  const urn = urnOf("kubernetes:core/v1:Secret", "s");
  const inputs = { metadata: { name: "s" }, stringData: wrapSecret({ pw: "canary-77" }) };
  const made = await cluster.create(urn, inputs);
  expect(made.properties["stringData"]).toEqual(wrapSecret({ pw: "canary-77" }));
  const read = await cluster.read(urn, made.id, { inputs });
  expect(read.inputs).toEqual(inputs);
  expect(readFileSync(join(sandbox.store, "ledger.jsonl"), "utf8")).not.toContain("canary-77");
  const control = readdirSync(sandbox.store, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .some((file) => readFileSync(join(file.parentPath, file.name), "utf8").includes("canary-77"));
  expect(control).toBe(true);
});

test("accounts and regions are apart, global names are not free twice in one account", async () => {
  const one = await sandbox.connect("aws", { region: "eu-west-1", allowedAccountIds: '["111111111111"]' });
  const two = await sandbox.connect("aws", { region: "eu-west-1", allowedAccountIds: '["222222222222"]' });
  const again = await sandbox.connect("aws", { region: "us-east-2", allowedAccountIds: '["111111111111"]' });
  const bucket = { bucket: "same" };
  const made = await one.create(urnOf(bucketType, "a"), bucket);
  await two.create(urnOf(bucketType, "a"), bucket);
  await expect(again.create(urnOf(bucketType, "b"), bucket)).rejects.toThrow(/AlreadyExists/);
  expect(made.properties["arn"]).toBe("arn:aws:s3:::same");
  expect((await one.invoke("aws:index/getCallerIdentity:getCallerIdentity", {}))["accountId"]).toBe("111111111111");
  expect((await again.invoke("aws:index/getAvailabilityZones:getAvailabilityZones", {}))["names"]).toEqual(["us-east-2a", "us-east-2b", "us-east-2c"]);
});

test("a subnet outside its network is refused when it is made", async () => {
  const aws = await sandbox.connect("aws");
  const vpc = await aws.create(urnOf(vpcType, "v"), { cidrBlock: "10.0.0.0/16" });
  await expect(aws.create(urnOf("aws:ec2/subnet:Subnet", "s"), { vpcId: vpc.id, cidrBlock: "10.1.0.0/24" })).rejects.toThrow(/InvalidSubnet.Range/);
  await aws.create(urnOf("aws:ec2/subnet:Subnet", "s"), { vpcId: vpc.id, cidrBlock: "10.0.1.0/24" });
});

test("the ledger tells which connection asked, so that two engines at one stack are seen", async () => {
  const [aws, other] = [await sandbox.connect("aws"), await sandbox.connect("aws")];
  const made = await aws.create(urnOf(bucketType, "one"), { bucket: "one" });
  await other.create(urnOf(bucketType, "two"), { bucket: "two" });
  await aws.remove(urnOf(bucketType, "one"), made.id, { bucket: "one" });
  openCloud(sandbox.store).delete("bucket two");
  const writers = openCloud(sandbox.store)
    .ledger()
    .filter(({ phase }) => phase === "commit")
    .map(({ writer }) => writer);
  expect(writers).toEqual([expect.any(String), expect.any(String), writers[0], undefined]);
  expect(writers[1]).not.toBe(writers[0]);
});

describe("faults", () => {
  test("strike on the n-th call, as often as said, and a fault after commit leaves the object behind", async () => {
    const aws = await sandbox.connect("aws");
    const cloud = openCloud(sandbox.store);
    cloud.fault.add({ kind: "throttle", type: "aws:s3/*", onCall: 2, times: 1 });
    cloud.fault.add({ kind: "fail-after", urn: "*::lost" });
    await aws.create(urnOf(bucketType, "one"), { bucket: "one" });
    await expect(aws.create(urnOf(bucketType, "two"), { bucket: "two" })).rejects.toThrow(/Rate exceeded/);
    await aws.create(urnOf(bucketType, "two"), { bucket: "two" });
    await expect(aws.create(urnOf(bucketType, "lost"), { bucket: "lost" })).rejects.toThrow(/connection was lost/);
    expect(cloud.show("bucket lost").createdBy).toBe(urnOf(bucketType, "lost"));
    expect(
      cloud
        .ledger()
        .filter((line) => line.op === "create")
        .map((line) => line.phase),
    ).toEqual(["begin", "commit", "begin", "fail", "begin", "commit", "begin", "commit"]);
  });

  test("a partial create tells its id, and cancelling one instance finishes its work and leaves others alone", async () => {
    const aws = await sandbox.connect("aws");
    const other = await sandbox.connect("aws");
    const cloud = openCloud(sandbox.store);
    cloud.fault.add({ kind: "partial", urn: "*::half" });
    const half: unknown = await aws.create(urnOf(bucketType, "half"), { bucket: "half" }).catch((thrown: unknown) => thrown);
    expect(initFailure(half)).toMatchObject({
      id: "half",
      properties: { bucket: "half", arn: "arn:aws:s3:::half" },
      inputs: { bucket: "half" },
      reasons: [expect.stringMatching(/half/)],
    });
    expect(cloud.show("bucket half").partial).toBe(true);
    // Control: a create of which nothing is left tells no id.
    cloud.fault.add({ kind: "fail-before", urn: "*::none" });
    expect(initFailure(await aws.create(urnOf(bucketType, "none"), { bucket: "none" }).catch((thrown: unknown) => thrown))).toBeUndefined();
    cloud.fault.add({ kind: "latency", latencyMs: 60_000, urn: "*::slow" });
    const started = performance.now();
    const slow = aws.create(urnOf(bucketType, "slow"), { bucket: "slow" });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await other.cancel();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(cloud.list({ type: "bucket" }).map((object) => object.id)).not.toContain("slow");
    await aws.cancel();
    expect((await slow).id).toBe("slow");
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

test("a new cluster has its service, and reads of what nobody made are the same every time", async () => {
  const cluster = await sandbox.connect("kubernetes");
  expect((await cluster.read(urnOf(serviceType, "k"), "default/kubernetes")).properties).toMatchObject({ spec: { clusterIP: "10.96.0.1" } });
  const aws = await sandbox.connect("aws");
  const first = await aws.read(urnOf(vpcType, "x"), "vpc-0123456789abcdef0");
  expect(first.id).toBe("vpc-0123456789abcdef0");
  expect(await aws.read(urnOf(vpcType, "x"), "vpc-0123456789abcdef0")).toEqual(first);
});

test("random values follow their rules and stay; key pairs are real", async () => {
  const random = await sandbox.connect("random");
  const urn = urnOf("random:index/randomPassword:RandomPassword", "pw");
  const inputs = { length: 24, special: false, minNumeric: 3 };
  const made = await random.create(urn, inputs);
  expect(made.properties["result"]).toMatch(/^[A-Za-z0-9]{24}$/);
  expect(textOf(made.properties["result"]).replaceAll(/\D/g, "").length).toBeGreaterThanOrEqual(3);
  expect((await random.read(urn, made.id, { inputs })).properties).toEqual(made.properties);
  const tls = await sandbox.connect("tls");
  const key = await tls.create(urnOf("tls:index/privateKey:PrivateKey", "k"), { algorithm: "ED25519" });
  expect(key.properties["publicKeyOpenssh"]).toMatch(/^ssh-ed25519 AAAA/);
});

test("functions whose answers must follow from the arguments do", async () => {
  const aws = await sandbox.connect("aws");
  const answer = await aws.invoke("aws:iam/getPolicyDocument:getPolicyDocument", {
    statements: [
      {
        actions: ["s3:GetObject"],
        resources: ["*"],
        principals: [{ type: "*", identifiers: ["*"] }],
        conditions: [{ test: "StringEquals", variable: "a:b", values: ["c"] }],
      },
    ],
  });
  expect(JSON.parse(textOf(answer["json"]))).toEqual({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*", Principal: "*", Condition: { StringEquals: { "a:b": "c" } } }],
  });
  const cluster = await sandbox.connect("kubernetes");
  expect(await cluster.invoke("kubernetes:yaml:decode", { text: "a: 1\n---\n---\nb: 2\n" })).toEqual({ result: [{ a: 1 }, { b: 2 }] });
});

function status(port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get({ port, host: "127.0.0.1", path: "/", headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }).on("error", reject);
  });
}

test("a host answers while everything behind it is healthy", async () => {
  const cluster = await sandbox.connect("kubernetes");
  await cluster.create(urnOf(deploymentType, "web"), deployment({ app: "web" }));
  await cluster.create(urnOf(serviceType, "web"), { metadata: { name: "web" }, spec: { selector: { app: "web" }, ports: [{ port: 80 }] } });
  await cluster.create(urnOf("kubernetes:networking.k8s.io/v1:Ingress", "web"), {
    metadata: { name: "web" },
    spec: { rules: [{ host: "shop.dev.invalid", http: { paths: [{ path: "/", backend: { service: { name: "web", port: { number: 80 } } } }] } }] },
  });
  const console = await openConsole(new Objects(sandbox.store));
  try {
    expect(await status(console.port, "shop.dev.invalid")).toBe(200);
    expect(await status(console.port, "nobody.invalid")).toBe(404);
    openCloud(sandbox.store).setHealth("deployment web", "unhealthy");
    expect(await status(console.port, "shop.dev.invalid")).toBe(503);
    const inputs = deployment({ app: "web" });
    const facts = { olds: inputs, oldInputs: inputs, news: deployment({ app: "web", version: "2" }) };
    await cluster.update(urnOf(deploymentType, "web"), "default/web", facts);
    expect(await status(console.port, "shop.dev.invalid")).toBe(200);
    openCloud(sandbox.store).fault.add({ kind: "unhealthy", type: "kubernetes:apps/*", op: "update" });
    await cluster.update(urnOf(deploymentType, "web"), "default/web", facts);
    expect(await status(console.port, "shop.dev.invalid")).toBe(503);
  } finally {
    console.close();
  }
});

test("a host leads on: over the names of DNS to what has them, and over the annotation that asks for a name to the workload", async () => {
  const aws = await sandbox.connect("aws");
  const cluster = await sandbox.connect("kubernetes");
  const zone = await aws.create(urnOf("aws:route53/zone:Zone", "zone"), { name: "dev.invalid" });
  const database = await aws.create(urnOf("aws:rds/instance:Instance", "db"), { identifier: "db", instanceClass: "db.t4g.small", engine: "postgres" });
  const cname = (name: string, target: string): JsonObject => ({ zoneId: zone.id, name, type: "CNAME", ttl: 60, records: [target] });
  await aws.create(urnOf("aws:route53/record:Record", "db"), cname("db.dev.invalid", textOf(database.properties["address"])));
  // Two names that lead to each other end nowhere, but they do end.
  await aws.create(urnOf("aws:route53/record:Record", "one"), cname("one.dev.invalid", "two.dev.invalid"));
  await aws.create(urnOf("aws:route53/record:Record", "two"), cname("two.dev.invalid", "one.dev.invalid"));
  await cluster.create(urnOf(deploymentType, "web"), deployment({ app: "web" }));
  await cluster.create(urnOf(serviceType, "web"), {
    metadata: { name: "web", annotations: { "external-dns.alpha.kubernetes.io/hostname": "web.dev.invalid" } },
    spec: { selector: { app: "web" }, ports: [{ port: 80 }] },
  });
  const console = await openConsole(new Objects(sandbox.store));
  const answers = (): Promise<number[]> => Promise.all(["db", "one", "web"].map((name) => status(console.port, `${name}.dev.invalid`)));
  try {
    expect(await answers()).toEqual([200, 200, 200]);
    openCloud(sandbox.store).setHealth("instance db", "unhealthy");
    openCloud(sandbox.store).setHealth("deployment web", "unhealthy");
    expect(await answers()).toEqual([503, 200, 503]);
  } finally {
    console.close();
  }
});
