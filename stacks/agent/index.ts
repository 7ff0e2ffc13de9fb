import * as k8s from "@pulumi/kubernetes";
import { defineStack } from "trueup";
import { z } from "zod";
import type clusters from "../clusters/index.ts";
import { agentManifests } from "./manifests.ts";

/** trueup's own agent, as a stack of the estate that it looks after: a change of it is previewed, applied and watched for drift like any other. */
export default defineStack({
  args: z.object({
    namespace: z.string().min(1).default("trueup"),
    image: z.string().regex(/(:[\w][\w.-]*|@sha256:[0-9a-f]{64})$/, "wants an exact tag or a digest"),
    /** The file of `trueup agent --config`. */
    settings: z.string().min(1),
    secret: z.string().min(1).default("trueup-agent"),
    monitoring: z.string().min(1).default("monitoring"),
    storage: z
      .string()
      .regex(/^\d+Gi$/)
      .default("10Gi"),
  }),
  program(args, ctx) {
    const cluster = ctx.stack<typeof clusters>("clusters");
    const provider = new k8s.Provider("cluster", { kubeconfig: cluster.output("kubeconfig"), enableServerSideApply: true });
    const inCluster = { provider };
    const made = agentManifests(args);
    const namespace = new k8s.core.v1.Namespace("trueup", { metadata: { name: args.namespace } }, inCluster);
    const inNamespace = { ...inCluster, dependsOn: [namespace] };
    const account = new k8s.core.v1.ServiceAccount("agent", made.serviceAccount, inNamespace);
    new k8s.rbac.v1.Role("agent", made.role, inNamespace);
    const binding = new k8s.rbac.v1.RoleBinding("agent", made.roleBinding, inNamespace);
    const settings = new k8s.core.v1.ConfigMap("agent", made.settings, inNamespace);
    // Mirrors and installed packages: what is lost with it is brought again.
    const data = new k8s.core.v1.PersistentVolumeClaim("agent", made.data, inNamespace);
    new k8s.networking.v1.NetworkPolicy("agent", made.networkPolicy, inNamespace);
    const deployment = new k8s.apps.v1.Deployment("agent", made.deployment, { ...inCluster, dependsOn: [account, binding, settings, data] });
    const service = new k8s.core.v1.Service("agent", made.service, inNamespace);
    return { namespace: args.namespace, deployment: deployment.metadata.name, metrics: service.metadata.name };
  },
});
