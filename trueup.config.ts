import { defineOrganisation } from "trueup";

/** What holds for every environment. An environment may say more, never less. */
export default defineOrganisation({
  remote: "origin",
  backend: "file://.trueup/state",
  ledger: { prefix: "trueup/" },
  engine: { versions: ">=3.250.0 <4" },
  rules: {
    policies: { packs: ["policies/platform"], levels: { "limits-on-pods": "mandatory" } },
    guards: { maxDestroy: { count: 10, percent: 30 } },
  },
});
