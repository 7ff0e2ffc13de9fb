import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Change, Home } from "./estate.ts";
import { cloudLines } from "./evidence.ts";

const machines = `import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { defineStack } from "trueup";
import { z } from "zod";
import { tagsOf } from "../lib/tags.ts";

class Rack extends pulumi.ComponentResource {
  constructor(name: string, vpcId: pulumi.Input<string>) {
    super("small:index:Rack", name);
    for (const part of ["a", "b"]) new aws.ec2.SecurityGroup(\`\${name}-\${part}\`, { vpcId, description: part }, { parent: this });
  }
}

export default defineStack({
  args: z.object({ cidr: z.string(), tier: z.string(), joinToken: z.string() }),
  program(args) {
    const vpc = new aws.ec2.Vpc("main", { cidrBlock: args.cidr, tags: tagsOf("machines") });
    for (const name of ["one", "two"]) new Rack(name, vpc.id);
    return { vpcId: vpc.id, tier: args.tier, joinToken: pulumi.secret(args.joinToken) };
  },
});
`;

/** The small estate with a first stack that has enough to lose: a network and four groups in two components. */
export const racks: Readonly<Record<string, Change>> = { "stacks/machines/index.ts": machines };

/** The same with that stack alone. `more`: lines of the environment. */
export function racksAlone(more = ""): Readonly<Record<string, Change>> {
  const args = '{ cidr: "10.1.0.0/16", tier: "small", joinToken: "join-4f1c9a" }';
  const declared = (name: string): string => `${name}: stack<typeof machines>("stacks/machines", { layer: "machines", args: ${args} })`;
  return {
    ...racks,
    "environments/dev/environment.ts": `import { defineEnvironment, stack } from "trueup";
import type machines from "../../stacks/machines/index.ts";

export default defineEnvironment({
  cloud: "sandbox",
  ${more}
  stacks: { ${declared("machines")} },
});
`,
  };
}

/** What a person does who has the wrong account selected: every object that a stack made is gone, or those that \`which\` picks. */
export function wipe(home: Home, which: (urn: string) => boolean = () => true): number {
  const doomed = home.cloud.list().filter(({ createdBy }) => createdBy !== "" && which(createdBy));
  for (const { id, type } of doomed) home.cloud.delete(id, { type });
  return doomed.length;
}

/** The backend's files, and what this clone kept of earlier states. */
export async function loseState(home: Home, also: { readonly backups: boolean } = { backups: true }): Promise<void> {
  await rm(join(home.clone, ".trueup/state/.pulumi/stacks"), { recursive: true, force: true });
  if (also.backups) await rm(join(home.clone, ".trueup/backups"), { recursive: true, force: true });
}

/** Urns of everything that the cloud has made, one for each time. */
export async function creates(home: Home): Promise<readonly string[]> {
  return (await cloudLines(home)).filter(({ op, phase, actor }) => op === "create" && phase === "commit" && actor === "engine").map(({ urn }) => urn);
}

/** Those of which the cloud has more than one now. */
export function doubles(home: Home): readonly string[] {
  const urns = home.cloud.list().flatMap(({ createdBy }) => (createdBy === "" ? [] : [createdBy]));
  return urns.filter((urn, index) => urns.indexOf(urn) !== index);
}
