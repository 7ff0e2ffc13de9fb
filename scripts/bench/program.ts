/** The resources of the measured program: 10 of aws, 20 of kubernetes, and the stack itself. The same text runs in every row. */
const resources = `  const tags = { project: "bench" };
  const vpc = new aws.ec2.Vpc("main", { cidrBlock: "10.9.0.0/16", tags });
  const subnets = [0, 1].map((zone) => new aws.ec2.Subnet(\`zone-\${zone}\`, { vpcId: vpc.id, cidrBlock: \`10.9.\${zone}.0/24\`, tags }));
  const firewall = new aws.ec2.SecurityGroup("inside", { vpcId: vpc.id, description: "inside only", tags });
  const role = new aws.iam.Role("worker", { assumeRolePolicy: JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "ec2.amazonaws.com" } }] }), tags });
  new aws.iam.RolePolicyAttachment("worker-ssm", { role: role.name, policyArn: "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore" });
  new aws.iam.InstanceProfile("worker", { role: role.name, tags });
  const queues = ["jobs", "mail"].map((name) => new aws.sqs.Queue(name, { visibilityTimeoutSeconds: 60, tags }));
  new aws.cloudwatch.LogGroup("worker", { retentionInDays: 14, tags });
  const space = new k8s.core.v1.Namespace("shop", { metadata: { name: "shop" } });
  const namespace = space.metadata.name;
  new k8s.core.v1.ServiceAccount("shop", { metadata: { namespace } });
  for (const app of ["api", "web", "cart", "mail", "search", "admin"]) {
    const labels = { app };
    const settings = new k8s.core.v1.ConfigMap(app, { metadata: { namespace, labels }, data: { LOG_LEVEL: "info", NAME: app } });
    const container = { name: app, image: \`registry.example/\${app}:1.4.2\`, ports: [{ containerPort: 8080 }], envFrom: [{ configMapRef: { name: settings.metadata.name } }] };
    new k8s.apps.v1.Deployment(app, { metadata: { namespace, labels }, spec: { replicas: 2, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [container] } } } });
    new k8s.core.v1.Service(app, { metadata: { namespace, labels }, spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] } });
  }`;

const outputs =
  "{ vpcId: vpc.id, subnetIds: subnets.map((subnet) => subnet.id), firewallId: firewall.id, queueUrls: queues.map((queue) => queue.url), namespace }";

const imports = `import * as aws from "@pulumi/aws";
import * as k8s from "@pulumi/kubernetes";
`;

export const resourceCount = 31;

const project = "bench";
export const stackName = "dev.everything";

/** An estate of one stack, as files. Its dispatcher and its stack name make it an ordinary Pulumi project too. */
export const estateFiles: Readonly<Record<string, string>> = {
  "package.json": `${JSON.stringify({ name: "bench", private: true, type: "module", dependencies: { "@pulumi/aws": "*", "@pulumi/kubernetes": "*", "@pulumi/pulumi": "*", trueup: "*" } }, undefined, 2)}\n`,
  "tsconfig.json": `${JSON.stringify({ compilerOptions: { module: "nodenext", moduleResolution: "nodenext", target: "es2023", strict: true, skipLibCheck: true, allowImportingTsExtensions: true, noEmit: true } }, undefined, 2)}\n`,
  "Pulumi.yaml": `name: ${project}\nruntime:\n  name: nodejs\n  options:\n    typescript: false\nmain: stacks/index.ts\nstackConfigDir: environments\n`,
  "environments/dev/environment.ts": `import { defineEnvironment, stack } from "trueup";

export default defineEnvironment({ branch: "env/dev", cloud: "sandbox", stacks: { everything: stack("stacks/everything", { layer: "apps" }) } });
`,
  "environments/dev/everything.yaml": "config:\n  aws:region: eu-central-1\n",
  "stacks/index.ts": `export { default } from "trueup/program";\n`,
  "stacks/everything/index.ts": `${imports}import { defineStack } from "trueup";
import { z } from "zod";

export default defineStack({ args: z.object({}).optional(), program() {
${resources}
  return ${outputs};
} });
`,
};

/** The same resources as an ordinary program in a folder of its own, compiled as CommonJS with type check: Pulumi's default. */
export const plainFiles: Readonly<Record<string, string>> = {
  "package.json": `${JSON.stringify({ name: "plain", private: true }, undefined, 2)}\n`,
  "tsconfig.json": `${JSON.stringify({ compilerOptions: { module: "nodenext", moduleResolution: "nodenext", target: "es2022", strict: true, skipLibCheck: true, sourceMap: true }, files: ["index.ts"] }, undefined, 2)}\n`,
  "Pulumi.yaml": `name: plain\nruntime: nodejs\n`,
  "index.ts": `${imports}
export = (): unknown => {
${resources}
  return ${outputs};
};
`,
};
