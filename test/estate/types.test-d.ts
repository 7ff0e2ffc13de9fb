// Checked by tsc alone: every line under "@ts-expect-error" must be an error, or tsc complains that it is not.
import { stack } from "trueup";
import type { StackContext } from "trueup";
import type clusters from "../../stacks/clusters/index.ts";
import type machines from "../../stacks/machines/index.ts";
import type podinfo from "../../stacks/podinfo/index.ts";

const args = { cidr: "10.20.0.0/16", internalDomain: "dev.internal.invalid", zones: 2, count: 1, size: "t4g.small" };

// What environments really say.
stack<typeof machines>("stacks/machines", { layer: "machines", args });
stack<typeof podinfo>("stacks/podinfo", { layer: "apps", args: { version: "6.9.2", replicas: 1, host: "podinfo.example.invalid" } });

// @ts-expect-error count is a number
stack<typeof machines>("stacks/machines", { layer: "machines", args: { ...args, count: "1" } });
// @ts-expect-error size is missing
stack<typeof machines>("stacks/machines", { layer: "machines", args: { cidr: "10.20.0.0/16", internalDomain: "dev.internal.invalid", zones: 2, count: 1 } });
// @ts-expect-error no stack has an argument "coun"
stack<typeof machines>("stacks/machines", { layer: "machines", args: { ...args, coun: 3 } });
// @ts-expect-error there is no layer "hosts"
stack<typeof machines>("stacks/machines", { layer: "hosts", args });
// @ts-expect-error args of another stack
stack<typeof podinfo>("stacks/podinfo", { layer: "apps", args });

/** References are typed by the program they refer to. */
export function references(ctx: StackContext): void {
  const cluster = ctx.stack<typeof clusters>("clusters");
  cluster.output("kubeconfig").apply((text) => text.trim());
  cluster.output("namespaces").shop.apply((name) => name.trim());
  const subnetIds = ctx.stack<typeof machines>("machines").output("subnetIds");
  subnetIds.apply((ids) => ids.length);
  // @ts-expect-error clusters has no output "kubeconf"
  cluster.output("kubeconf");
  // @ts-expect-error subnetIds is a list
  subnetIds.apply((ids) => ids.trim());
  // @ts-expect-error there is no tenant "billing"
  void cluster.output("namespaces").billing;
}
