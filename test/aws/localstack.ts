import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { awsAccount } from "../../src/adapters/identity/index.ts";
import { runChild, thisMachine } from "../../src/base/process/index.ts";
import { anEngine } from "../engine/workshop.ts";
import type { Ground } from "./machines.ts";
import { servesPool, tag, vpcsNamed, type Aws } from "./query.ts";

const image = "localstack/localstack:4.14";
const region = "us-east-1";
/** Docker is asked whether it is there, not waited for. */
const askMs = 1_500;
const services = ["ec2", "iam", "sts", "ssm", "route53", "autoscaling", "cloudwatch"];

function pluginVersion(): string {
  const file = fileURLToPath(new URL("../../node_modules/@pulumi/aws/package.json", import.meta.url));
  return (JSON.parse(readFileSync(file, "utf8")) as { readonly version: string }).version;
}

async function noDocker(): Promise<string | undefined> {
  const machine = thisMachine();
  const env = { PATH: machine.path, HOME: machine.home, ...machine.variables(/^DOCKER_/) };
  try {
    const told = await runChild(["docker", "version", "--format", "{{.Server.Version}}"], { cwd: "/", env, deadlineMs: askMs, graceMs: 100 });
    return told.exitCode === 0 ? undefined : `Docker does not answer (${told.stderr.trim().split("\n").at(-1)?.slice(0, 200) ?? ""})`;
  } catch {
    return "Docker is not installed";
  }
}

/** Everything that is missing here for the suite, or undefined. Decides in less than two seconds and starts nothing. */
export async function missingHere(): Promise<string | undefined> {
  const machine = thisMachine();
  const version = pluginVersion();
  const plugin = join(machine.home, ".pulumi", "plugins", `resource-aws-v${version}`, "pulumi-resource-aws");
  const missing = [
    (await anEngine()) === undefined ? "the Pulumi engine is not in the cache (npm run setup)" : undefined,
    existsSync(plugin) ? undefined : `the aws plugin is not installed (pulumi plugin install resource aws ${version})`,
    machine.variable("TRUEUP_LOCALSTACK_ENDPOINT") === undefined ? await noDocker() : undefined,
  ].filter((one) => one !== undefined);
  return missing.length === 0 ? undefined : missing.join("; ");
}

/** The address of a LocalStack: the one that TRUEUP_LOCALSTACK_ENDPOINT names, or a container that lives as long as the suite. */
async function reach(): Promise<{ readonly endpoint: string; readonly stop: () => Promise<void> }> {
  const given = thisMachine().variable("TRUEUP_LOCALSTACK_ENDPOINT");
  if (given !== undefined) return { endpoint: given, stop: async () => undefined };
  // Loaded here: it takes longer to load than to see that there is no Docker.
  const { LocalstackContainer } = await import("@testcontainers/localstack");
  const container = await new LocalstackContainer(image).withStartupTimeout(300_000).start();
  return { endpoint: container.getConnectionUri(), stop: async () => void (await container.stop()) };
}

/** Starts it and says how trueup, its provider and a hand in the console reach it. */
export async function startLocalStack(): Promise<{ readonly ground: Ground; readonly stop: () => Promise<void> }> {
  const { endpoint, stop } = await reach();
  const aws: Aws = { endpoint, region, keys: { id: "test", secret: "test" } };
  const variables = { AWS_ACCESS_KEY_ID: aws.keys.id, AWS_SECRET_ACCESS_KEY: aws.keys.secret, AWS_REGION: region, AWS_ENDPOINT_URL: endpoint };
  const identity = await awsAccount(variables);
  if (identity.kind === "unknown") {
    await stop();
    throw new Error(`${endpoint} is no LocalStack that can be used: ${identity.why}`);
  }
  const vpcName = "dev-main";
  const ground: Ground = {
    cloud: "real",
    config: [
      `aws:region: ${region}`,
      `aws:allowedAccountIds: ["${identity.account}"]`,
      "aws:skipMetadataApiCheck: true",
      `aws:endpoints: [${JSON.stringify(Object.fromEntries(services.map((service) => [service, endpoint])))}]`,
    ],
    variables,
    pool: await servesPool(aws),
    tamper: async (_, owner) => {
      const [vpc = "", ...others] = await vpcsNamed(aws, vpcName);
      if (vpc === "" || others.length > 0) throw new Error(`there is not exactly one VPC ${vpcName}`);
      await tag(aws, vpc, { key: "owner", value: owner });
    },
    vpcs: async () => (await vpcsNamed(aws, vpcName)).length,
  };
  return { ground, stop };
}
