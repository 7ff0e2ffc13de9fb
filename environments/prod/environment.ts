import { defineEnvironment, project, stack } from "trueup";
import type clusters from "../../stacks/clusters/index.ts";
import type machines from "../../stacks/machines/index.ts";
import type mesh from "../../stacks/mesh/index.ts";
import type podinfo from "../../stacks/podinfo/index.ts";
import type shopApi from "../../stacks/shop-api/index.ts";
import type shopDashboard from "../../stacks/shop-dashboard/index.ts";
import type shopDb from "../../stacks/shop-db/index.ts";
import values from "./values.json" with { type: "json" };

const { domain, internalDomain } = values;

// Every stack says how we will know that it works. The sandbox answers http and tcp for any name that one of its objects has; with a real account,
// ask zones in their own way: { command: ["dig", …] }.
export default defineEnvironment({
  branch: "env/prod",
  cloud: "sandbox",
  approvals: { min: 1, from: ["@acme/platform"] },
  verify: { required: true },
  windows: [{ kind: "allow", for: ["apply"], cron: "0 8 * * 1-5", duration: "9h", tz: "Europe/Berlin" }],
  checks: [{ name: "types", run: ["node", "node_modules/@typescript/native/bin/tsc", "--noEmit", "-p", "tsconfig.estate.json"] }],
  drift: { mode: "detect", schedule: "*/30 * * * *" },
  stacks: {
    network: project("legacy/network", { stack: "acme-prod", layer: "machines", verify: [{ http: `http://${domain}/` }] }),
    machines: stack<typeof machines>("stacks/machines", {
      layer: "machines",
      args: { ...values.machines, internalDomain },
      verify: [{ http: `http://${internalDomain}/` }],
    }),
    clusters: stack<typeof clusters>("stacks/clusters", {
      layer: "clusters",
      args: { ...values.clusters, host: `kubernetes.${internalDomain}` },
      verify: [{ http: `https://kubernetes.${internalDomain}/readyz` }],
    }),
    podinfo: stack<typeof podinfo>("stacks/podinfo", {
      layer: "apps",
      args: { ...values.podinfo, host: `podinfo.${internalDomain}` },
      verify: [{ http: `http://podinfo.${internalDomain}/readyz` }],
    }),
    "shop-db": stack<typeof shopDb>("stacks/shop-db", {
      layer: "apps",
      args: { ...values["shop-db"], host: `shop-db.${internalDomain}` },
      verify: [{ tcp: `shop-db.${internalDomain}:5432` }],
      rollback: "forward-only",
    }),
    "shop-api": stack<typeof shopApi>("stacks/shop-api", {
      layer: "apps",
      args: { ...values["shop-api"], host: `shop-api.${internalDomain}` },
      requires: { "shop-db": ">=17 <18" },
      verify: [{ http: `http://shop-api.${internalDomain}/healthz` }],
      runbook: "stacks/shop-api/RUNBOOK.md",
    }),
    "shop-dashboard": stack<typeof shopDashboard>("stacks/shop-dashboard", {
      layer: "apps",
      args: { ...values["shop-dashboard"], host: `shop-dashboard.${internalDomain}` },
      requires: { "shop-api": ">=1.19 <2" },
      verify: [{ http: `http://shop-dashboard.${internalDomain}/healthz` }],
      runbook: "stacks/shop-api/RUNBOOK.md",
    }),
    mesh: stack<typeof mesh>("stacks/mesh", {
      layer: "mesh",
      args: { domain },
      verify: [{ http: `https://shop.${domain}/healthz` }, { http: `https://podinfo.${domain}/readyz` }],
    }),
  },
});
