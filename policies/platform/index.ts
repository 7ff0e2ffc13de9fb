import { PolicyPack, type ResourceValidationPolicy } from "@pulumi/policy";
import type { NamedRule } from "./rule.ts";
import { rules } from "./rules.ts";

// Importing this file serves the pack to the engine: tests import rules.ts.
new PolicyPack("platform", { policies: rules.map(policyOf) });

function policyOf({ name, description, level, rule }: NamedRule): ResourceValidationPolicy {
  return {
    name,
    description,
    enforcementLevel: level,
    validateResource(seen, report) {
      for (const sentence of rule({ type: seen.type, name: seen.name, props: seen.props, protect: seen.opts.protect })) report(sentence);
    },
  };
}
