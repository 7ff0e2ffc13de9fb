import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { thisMachine } from "../../src/base/process/index.ts";
import { rules } from "../../policies/platform/rules.ts";
import { limits, openWorkshop, type Workshop } from "./workshop.ts";

const isFull = thisMachine().variable("TRUEUP_TEST_SIZE") === "full";
const policyPacks = [fileURLToPath(new URL("../../policies/platform", import.meta.url))];

const imports = 'import * as aws from "@pulumi/aws";\nimport * as k8s from "@pulumi/kubernetes";\n';
const pod = (container: string): string =>
  `{ metadata: { name: "web", namespace: "default" }, spec: { containers: [{ name: "web", image: "web:1"${container} }] } }`;
const instance = '{ identifier: "db", engine: "postgres", instanceClass: "db.t4g.small", allocatedStorage: 20, username: "u", password: "p"';

/** One resource per rule; its name is the rule's. */
const breaking = `${imports}
const tags = { environment: "dev", owner: "a", stack: "s", "cost-centre": "1" };
new aws.sqs.Queue("required-tags", {});
new aws.s3.BucketPublicAccessBlock("no-public-bucket", { bucket: "open", blockPublicAcls: true });
new aws.rds.Instance("no-unencrypted-database", ${instance}, tags: { ...tags, lifecycle: "disposable" } });
new k8s.core.v1.Pod("no-privileged-pod", ${pod(', resources: { limits: { cpu: "1", memory: "64Mi" } }, securityContext: { privileged: true }')});
new k8s.core.v1.Pod("limits-on-pods", ${pod("").replace('name: "web"', 'name: "free"')});
new aws.dynamodb.Table("stateful-is-kept", { name: "t", hashKey: "id", attributes: [{ name: "id", type: "S" }], billingMode: "PAY_PER_REQUEST", tags });
`;

const keeping = `${imports}
const tags = { environment: "dev", owner: "a", stack: "s", "cost-centre": "1" };
new aws.sqs.Queue("queue", { tags: { ...tags, lifecycle: "disposable" } });
new aws.s3.BucketPublicAccessBlock("shut", { bucket: "shut", blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true });
new aws.rds.Instance("db", ${instance}, storageEncrypted: true, tags }, { protect: true });
new k8s.core.v1.Pod("web", ${pod(', resources: { limits: { cpu: "1", memory: "64Mi" } }')});
new aws.dynamodb.Table("table", { name: "t", hashKey: "id", attributes: [{ name: "id", type: "S" }], billingMode: "PAY_PER_REQUEST", tags }, { protect: true });
`;

describe("the platform's rules under the real engine", () => {
  let shop: Workshop;
  beforeAll(async () => {
    shop = await openWorkshop();
  });
  afterAll(() => shop.close());

  it("speak of a program that breaks every one of them, each by its name, with its level, on the resource that breaks it", async () => {
    await shop.program(breaking);
    const outcome = await shop.engine.preview({ ...shop.site("breaking"), policyPacks }, { ...limits, live: true });
    expect(outcome.result).toBe("failed");
    const said = outcome.changes.policies.map(({ pack, policy, level, urn }) => `${pack} ${policy} ${level} on ${urn?.split("::").at(-1)}`);
    expect(said.toSorted()).toEqual(rules.map(({ name, level }) => `platform ${name} ${level} on ${name}`).toSorted());
  });

  // The slice asks each rule for both in policies/platform/rules.test.ts.
  it.skipIf(!isFull)("control: have nothing to say of a program that keeps them", async () => {
    await shop.program(keeping);
    const outcome = await shop.engine.preview({ ...shop.site("keeping"), policyPacks }, { ...limits, live: true });
    expect([outcome.result, outcome.changes.policies, outcome.changes.resources.length]).toEqual(["succeeded", [], 5]);
  });
});
