/**
 * The small estate's files: four stacks over the four layers, one or two resources each, joined by typed reads. One output is secret.
 * Everything that a journey wants to change is in values.json or is one word of environment.ts.
 */
const values = {
  machines: { cidr: "10.1.0.0/16", tier: "small", joinToken: "join-4f1c9a" },
  cluster: { name: "blue", kind: "plain" },
  app: { version: "1.4.0", replicas: 1 },
  mesh: { path: "/shop" },
};

const environment = `import { defineEnvironment, project, stack } from "trueup";
import type app from "../../stacks/app/index.ts";
import type cluster from "../../stacks/cluster/index.ts";
import type machines from "../../stacks/machines/index.ts";
import type mesh from "../../stacks/mesh/index.ts";
import values from "./values.json" with { type: "json" };

export default defineEnvironment({
  cloud: "sandbox",
  stacks: {
    machines: stack<typeof machines>("stacks/machines", { layer: "machines", args: values.machines }),
    cluster: stack<typeof cluster>("stacks/cluster", { layer: "clusters", args: values.cluster }),
    app: stack<typeof app>("stacks/app", { layer: "apps", args: values.app }),
    mesh: stack<typeof mesh>("stacks/mesh", { layer: "mesh", args: values.mesh }),
  },
});
`;

const machines = `import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { defineStack } from "trueup";
import { z } from "zod";
import { tagsOf } from "../lib/tags.ts";

export default defineStack({
  args: z.object({ cidr: z.string(), tier: z.string(), joinToken: z.string() }),
  program(args) {
    const vpc = new aws.ec2.Vpc("main", { cidrBlock: args.cidr, tags: tagsOf("machines") });
    return { vpcId: vpc.id, tier: args.tier, joinToken: pulumi.secret(args.joinToken) };
  },
});
`;

const cluster = `import * as aws from "@pulumi/aws";
import { defineStack } from "trueup";
import { z } from "zod";
import type machines from "../machines/index.ts";
import { tagsOf } from "../lib/tags.ts";

export default defineStack({
  args: z.object({ name: z.string(), kind: z.string() }),
  program(args, ctx) {
    const below = ctx.stack<typeof machines>("machines");
    new aws.ec2.SecurityGroup("nodes", { vpcId: below.output("vpcId"), description: "nodes of the cluster", tags: tagsOf(args.kind) });
    return { name: args.name };
  },
});
`;

const app = `import * as k8s from "@pulumi/kubernetes";
import { defineStack } from "trueup";
import { z } from "zod";
import type cluster from "../cluster/index.ts";
import type machines from "../machines/index.ts";

export default defineStack({
  args: z.object({ version: z.string(), replicas: z.int() }),
  program(args, ctx) {
    const tier = ctx.stack<typeof machines>("machines").output("tier");
    const token = ctx.stack<typeof machines>("machines").output("joinToken");
    const name = ctx.stack<typeof cluster>("cluster").output("name");
    const settings = new k8s.core.v1.ConfigMap("settings", {
      metadata: { name: "settings", namespace: "default", labels: { part: "app" } },
      data: { cluster: name, tier, version: args.version, replicas: String(args.replicas) },
    });
    new k8s.core.v1.Secret("join", { metadata: { name: "join", namespace: "default" }, stringData: { token } });
    return { settings: settings.metadata.name, version: args.version };
  },
});
`;

const mesh = `import * as k8s from "@pulumi/kubernetes";
import { defineStack } from "trueup";
import { z } from "zod";
import type app from "../app/index.ts";

export default defineStack({
  args: z.object({ path: z.string() }),
  program(args, ctx) {
    const behind = ctx.stack<typeof app>("app").output("version");
    new k8s.core.v1.ConfigMap("routes", { metadata: { name: "routes", namespace: "default" }, data: { path: args.path, behind } });
    return { path: args.path };
  },
});
`;

const policy = `import { PolicyPack } from "@pulumi/policy";

new PolicyPack("house", {
  policies: [{
    name: "no-large-machines",
    description: "Large machines are asked for, not taken",
    enforcementLevel: "advisory",
    validateResource(seen, report) {
      if (seen.type === "aws:ec2/vpc:Vpc" && seen.props.tags?.stack === "forbidden") report("this tag is forbidden here");
    },
  }],
});
`;

/** Path → text. */
export const estateFiles: Readonly<Record<string, string>> = {
  "Pulumi.yaml": "name: small\nruntime:\n  name: nodejs\n  options:\n    typescript: false\nmain: stacks/index.ts\nstackConfigDir: environments\n",
  "package.json": '{ "name": "small", "private": true, "type": "module" }\n',
  "stacks/index.ts": 'export { default } from "trueup/program";\n',
  "stacks/lib/tags.ts": 'export const tagsOf = (stack: string): Record<string, string> => ({ owner: "platform", stack });\n',
  "stacks/machines/index.ts": machines,
  "stacks/cluster/index.ts": cluster,
  "stacks/app/index.ts": app,
  "stacks/mesh/index.ts": mesh,
  "policies/house/PulumiPolicy.yaml": "description: Rules of the house\nmain: index.ts\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n",
  "policies/house/package.json": '{ "name": "house", "version": "1.0.0", "private": true, "type": "module", "main": "index.ts" }\n',
  "policies/house/index.ts": policy,
  "environments/dev/environment.ts": environment,
  "environments/dev/values.json": `${JSON.stringify(values, undefined, 2)}\n`,
};
