import { appStack, baseProgram, environmentFile, goodBody } from "./estate-files.ts";
import type { Clause } from "./clause.ts";
import { merge, trueup, type World } from "./world.ts";

const program = "stacks/base/index.ts";
const withBody =
  (body: string) =>
  async (world: World): Promise<void> =>
    merge(world, { [program]: baseProgram(`${body}\n    ${goodBody}`) });
const declared =
  (args: string) =>
  async (world: World): Promise<void> =>
    merge(world, {
      "environments/dev/environment.ts": environmentFile(
        `base: stack<typeof base>("stacks/base", { layer: "machines", args: ${args} as never }),\n    ${appStack}`,
      ),
    });

const soon = (kind: string) => () => ({ variables: { [`TRUEUP_${kind}_DEADLINE`]: "4s" } });
const stopsThere = async (world: World): Promise<() => Promise<void>> => {
  await trueup(world, ["cloud", "fault", "add", "latency", "--op", "read", "--latency", "20000"]);
  return async () => void (await trueup(world, ["cloud", "fault", "clear"]));
};

/** What is wrong inside a stack's program: seen in the read-only phase, told by the ledger as one refusal. */
export const wrongPrograms: readonly Clause[] = [
  {
    name: "a wrong argument, with file, path and the nearest key",
    make: declared(`{ sise: 8 }`),
    code: "ARGS_INVALID",
    says: [/"sise"/, /"size"/, /environments\/dev\/environment\.ts/, /stacks\.base\.args/],
  },
  {
    name: "an argument of a wrong value",
    onlyFull: true,
    make: declared(`{ size: 1000 }`),
    code: "ARGS_INVALID",
    says: [/size/, /environments\/dev\/environment\.ts/],
  },
  {
    name: "a program that throws, with its TypeScript line",
    make: withBody(`if (args.size > 0) throw new Error("the moon is full");`),
    code: "PROGRAM_FAILED",
    says: [/the moon is full/, /stacks\/base\/index\.ts:8/],
  },
  {
    name: "a program that ends itself half-way",
    onlyFull: true,
    make: withBody(`new random.RandomPet("early"); await new Promise((resolve) => setTimeout(resolve, 100)); process.exit(0);`),
    code: "PROGRAM_INCOMPLETE",
    says: [/base/, /exit|ended/],
  },
  {
    name: "a program that waits for what never comes",
    onlyFull: true,
    make: withBody(`await new Promise(() => undefined);`),
    code: "PROGRAM_INCOMPLETE",
    says: [/base/],
  },
  {
    name: "a program that loops, at the deadline of an apply's previews",
    onlyFull: true,
    make: withBody(`for (;;) {}`),
    call: soon("PREVIEW"),
    code: "PROGRAM_TIMEOUT",
    says: [/base/, /within 4 s/, /loop/, /TRUEUP_PREVIEW_DEADLINE/],
  },
  {
    name: "a program that waits and keeps itself alive, at the deadline of a preview",
    onlyFull: true,
    make: withBody(`setInterval(() => undefined, 1_000); await new Promise(() => undefined);`),
    args: ["preview", "dev", "--ref", "env/dev", "--all"],
    call: soon("PREVIEW"),
    code: "PROGRAM_TIMEOUT",
    says: [/base/, /within 4 s/],
  },
  {
    name: "a cloud that does not answer, at the deadline of a drift sweep",
    onlyFull: true,
    make: stopsThere,
    args: ["drift", "dev"],
    call: soon("DRIFT"),
    code: "ENGINE_TIMEOUT",
    says: [/dev\.(base|app)/, /within 4 s/],
  },
  {
    name: "a deadline that is no duration",
    onlyFull: true,
    make: withBody(""),
    call: () => ({ variables: { TRUEUP_PREVIEW_DEADLINE: "soon" } }),
    code: "CONFIG_INVALID",
    says: [/"soon"/, /TRUEUP_PREVIEW_DEADLINE/],
  },
  {
    name: "a program that leaks a rejected promise",
    onlyFull: true,
    make: withBody(`void Promise.reject(new Error("nobody caught me"));`),
    code: "PROGRAM_FAILED",
    says: [/nobody caught me/, /stacks\/base\/index\.ts:8/],
  },
  {
    name: "a program that prints a gigabyte, and then fails",
    onlyFull: true,
    withinS: 90,
    make: withBody(`for (let n = 0; n < 16_384; n++) process.stdout.write("x".repeat(65_535) + "\\n"); throw new Error("said enough");`),
    code: "PROGRAM_FAILED",
    says: [/said enough/],
  },
  {
    name: "a program that does not compile",
    onlyFull: true,
    make: async (world) => merge(world, { [program]: "export default defineStack({\n" }),
    code: "PROGRAM_FAILED",
    says: [/stacks\/base\/index\.ts/],
  },
  {
    name: "a program that imports what is not there",
    onlyFull: true,
    make: async (world) => merge(world, { [program]: `import "../lib/nowhere.ts";\n${baseProgram(goodBody)}` }),
    code: "PROGRAM_FAILED",
    says: [/nowhere/],
  },
];
