import type { Change } from "./estate.ts";

/** An estate of one Pulumi project that was there before trueup. */
export const legacy: Readonly<Record<string, Change>> = {
  "legacy/net/Pulumi.yaml": "name: acme-net\nruntime:\n  name: nodejs\n  options:\n    typescript: true\nmain: index.ts\n",
  "legacy/net/package.json": '{ "name": "acme-net", "private": true, "main": "index.ts" }\n',
  "legacy/net/tsconfig.json":
    '{ "compilerOptions": { "module": "nodenext", "moduleResolution": "nodenext", "target": "es2022", "strict": true }, "files": ["index.ts"] }\n',
  "legacy/net/Pulumi.acme-dev.yaml": "config:\n  acme-net:domain: acme.example\n",
  "legacy/net/index.ts":
    'import * as aws from "@pulumi/aws";\nimport * as pulumi from "@pulumi/pulumi";\n\nconst zone = new aws.route53.Zone("main", { name: new pulumi.Config().require("domain") });\nexport const zoneId = zone.zoneId;\n',
  "environments/dev/environment.ts": `import { defineEnvironment, project } from "trueup";

export default defineEnvironment({ cloud: "sandbox", stacks: { network: project("legacy/net", { stack: "acme-dev", layer: "machines" }) } });
`,
};
