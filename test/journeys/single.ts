import type { Change } from "./estate.ts";

/** An environment of one stack; `more` are lines of the environment, `settings` of the stack. */
export function single(more: string, settings = ""): Readonly<Record<string, Change>> {
  return {
    "environments/dev/environment.ts": `import { defineEnvironment, stack } from "trueup";
import type machines from "../../stacks/machines/index.ts";

export default defineEnvironment({
  cloud: "sandbox",
  ${more}
  stacks: { machines: stack<typeof machines>("stacks/machines", { layer: "machines", args: { cidr: "10.1.0.0/16", tier: "small", joinToken: "join-4f1c9a" }, ${settings} }) },
});
`,
  };
}
