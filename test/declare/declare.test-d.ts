import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { defineEnvironment, defineStack, project, stack, type ArgsOf, type StackContext } from "../../src/declare/index.ts";

/** Checked by tsc only: every `@ts-expect-error` below must be an error, or the type check fails. */

const machines = defineStack({
  args: z.object({ count: z.int().min(0), size: z.string().default("small"), disk: z.object({ gb: z.int() }).optional() }),
  program(args, ctx) {
    const size: string = args.size;
    return { vpcId: pulumi.output(`vpc-${ctx.environment}-${size}`), zones: ["a", "b"], spaces: pulumi.output({ shop: "shop" }) };
  },
});
const bare = defineStack({ args: z.object({}), program: async () => ({ url: "http://x" }) });
const silent = defineStack({ args: z.object({ on: z.boolean().default(true) }), program() {} });
const raw = defineStack({ args: z.unknown(), program: () => ({}) });

stack<typeof machines>("stacks/machines", { layer: "machines", args: { count: 3 } });
stack<typeof machines>("stacks/machines", { layer: "machines", args: { count: 3, size: "large", disk: { gb: 3 } }, dependsOn: ["network"] });
stack<typeof bare>("stacks/bare", { layer: "apps" });
stack<typeof silent>("stacks/silent", { layer: "apps" });
stack<typeof raw>("stacks/raw", { layer: "apps" });
stack("stacks/any", { layer: "apps", args: { anything: 1 } });

// @ts-expect-error a wrong argument
stack<typeof machines>("stacks/machines", { layer: "machines", args: { count: "3" } });
// @ts-expect-error an unknown argument
stack<typeof machines>("stacks/machines", { layer: "machines", args: { count: 3, cuont: 3 } });
// @ts-expect-error an unknown argument further down
stack<typeof machines>("stacks/machines", { layer: "machines", args: { count: 3, disk: { gb: 1, mb: 2 } } });
// @ts-expect-error a missing argument
stack<typeof machines>("stacks/machines", { layer: "machines", args: {} });
// @ts-expect-error args are needed
stack<typeof machines>("stacks/machines", { layer: "machines" });
// @ts-expect-error an unknown setting
stack<typeof machines>("stacks/machines", { layer: "machines", args: { count: 3 }, layre: "apps" });
// @ts-expect-error an unknown layer
stack<typeof machines>("stacks/machines", { layer: "machine", args: { count: 3 } });
// @ts-expect-error a layer is needed
stack<typeof machines>("stacks/machines", { args: { count: 3 } });
// @ts-expect-error a project has no args
project("legacy/network", { stack: "acme-prod", layer: "machines", args: {} });
// @ts-expect-error a project names its Pulumi stack
project("legacy/network", { layer: "machines" });
// @ts-expect-error not a program
stack<string>("stacks/machines", { layer: "machines" });

// @ts-expect-error no default for the cloud
defineEnvironment({ stacks: {} });
// @ts-expect-error an unknown key
defineEnvironment({ cloud: "sandbox", stacks: {}, aprovals: { min: 1 } });
defineEnvironment({ cloud: "sandbox", stacks: { machines: stack<typeof machines>("stacks/machines", { layer: "machines", args: { count: 1 } }) } });

export function outputsAreTyped(ctx: StackContext): void {
  const reader = ctx.stack<typeof machines>("machines");
  const vpcId: pulumi.Output<string> = reader.output("vpcId");
  const zones: pulumi.Output<string[]> = reader.output("zones");
  const shop: pulumi.Output<string> = reader.output("spaces").shop;
  const url: pulumi.Output<string> = ctx.stack<typeof bare>("bare").output("url");
  // @ts-expect-error an output that the program does not return
  reader.output("vpcID");
  // @ts-expect-error an output of another type
  const wrong: pulumi.Output<number> = reader.output("vpcId");
  void [vpcId, zones, shop, url, wrong];
}

export const args: ArgsOf<typeof machines> = { count: 1 };
