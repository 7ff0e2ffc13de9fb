import type { Files } from "./world.ts";

/** environments/dev/environment.ts with these stacks and what else is wanted in it. */
export function environmentFile(stacks: string, more = ""): string {
  return `import { defineEnvironment, stack } from "trueup";
import type base from "../../stacks/base/index.ts";
import type app from "../../stacks/app/index.ts";

export default defineEnvironment({
  branch: "env/dev",
  cloud: "sandbox",
  ${more}
  stacks: {
    ${stacks}
  },
});
`;
}

export const baseStack = `base: stack<typeof base>("stacks/base", { layer: "machines", args: { size: 8 } }),`;
export const appStack = `app: stack<typeof app>("stacks/app", { layer: "apps", args: { words: 2 } }),`;

/** stacks/base/index.ts with this body; it may use `random` and `args.size`. */
export function baseProgram(body: string): string {
  return `import * as random from "@pulumi/random";
import { defineStack } from "trueup";
import { z } from "zod";

export default defineStack({
  args: z.object({ size: z.int().min(4).max(64) }),
  async program(args) {
    ${body}
  },
});
`;
}

export const goodBody = `const text = new random.RandomString("name", { length: args.size, special: false });
    return { name: text.result };`;

const appProgram = `import * as random from "@pulumi/random";
import { defineStack } from "trueup";
import { z } from "zod";
import type base from "../base/index.ts";

export default defineStack({
  args: z.object({ words: z.int().min(1).max(5) }),
  program(args, ctx) {
    const name = ctx.stack<typeof base>("base").output("name");
    const pet = new random.RandomPet("pet", { length: args.words, prefix: name });
    return { pet: pet.id };
  },
});
`;

/** Two stacks in two layers, one resource each, the second reading the first. */
export const estateFiles: Files = {
  "package.json": `{ "name": "small-estate", "private": true, "type": "module" }\n`,
  "Pulumi.yaml": "name: small-estate\nruntime:\n  name: nodejs\n  options:\n    typescript: false\nmain: stacks/index.ts\nstackConfigDir: environments\n",
  "trueup.config.ts": `import { defineOrganisation } from "trueup";\n\nexport default defineOrganisation({ remote: "origin", backend: "file://.trueup/state" });\n`,
  "environments/dev/environment.ts": environmentFile(`${baseStack}\n    ${appStack}`),
  "stacks/index.ts": `export { default } from "trueup/program";\n`,
  "stacks/base/index.ts": baseProgram(goodBody),
  "stacks/app/index.ts": appProgram,
};
