import { expect } from "vitest";
import { systemClock } from "../../src/base/clock/index.ts";
import { applyEnvironment, type ApplyResult } from "../../src/workflows/apply/index.ts";
import type { Estate, Progress } from "../../src/workflows/estate/index.ts";
import { newHome, set, type Change, type Home } from "./estate.ts";

type Files = Readonly<Record<string, Change>>;

/** One stack as environment.ts has it: its arguments and whether it works are in values.json. */
export interface Declared {
  /** What it reads makes it a reader; what reads nothing is a network. */
  readonly reads?: readonly string[];
  readonly layer: "machines" | "clusters" | "apps" | "mesh";
  readonly args: Readonly<Record<string, unknown>>;
  /** More of its settings. */
  readonly more?: string;
}

/** A network; a table and another network that are somebody else's are taken in where their ids are given, and a second one may be made. */
const network = `import * as aws from "@pulumi/aws";
import { defineStack } from "trueup";
import { z } from "zod";

const table = { name: "orders", hashKey: "id", attributes: [{ name: "id", type: "S" }], billingMode: "PAY_PER_REQUEST" };

export default defineStack({
  args: z.object({ cidr: z.string(), tier: z.string(), table: z.string().default(""), takes: z.string().default(""), second: z.string().default("") }),
  program(args) {
    const net = new aws.ec2.Vpc("net", { cidrBlock: args.cidr, tags: { tier: args.tier } });
    if (args.table !== "") new aws.dynamodb.Table("orders", table, args.table === "own" ? {} : { import: args.table });
    if (args.takes !== "") new aws.ec2.Vpc("given", { cidrBlock: "10.1.0.0/16", tags: { tier: "small" } }, { import: args.takes });
    const second = args.second === "" ? net : new aws.ec2.Vpc("second", { cidrBlock: args.second });
    return { says: second.id, tier: args.tier };
  },
});
`;

/** Says in an object of its own what it read of others. What it reads is written in the program: by that the planner knows it. */
function reader(name: string, reads: readonly string[]): string {
  const read = reads.map((stack) => `${stack}: ctx.stack("${stack}").output("says")`).join(", ");
  return `import * as k8s from "@pulumi/kubernetes";
import { defineStack } from "trueup";
import { z } from "zod";

export default defineStack({
  args: z.object({ version: z.string() }),
  program({ version }, ctx) {
    const said = new k8s.core.v1.ConfigMap("said", { metadata: { name: "${name}", namespace: "default" }, data: { ${read}, version } });
    return { says: said.data.apply((data) => Object.values(data).join(" ")), version };
  },
});
`;
}

export const eastArgs = { cidr: "10.1.0.0/16", tier: "small" };

/** An environment of these stacks, each of which works as long as its command in values.json says so. */
export function estateOf(stacks: Readonly<Record<string, Declared>>, more = ""): Files {
  const lines = Object.entries(stacks).map(
    ([name, one]) =>
      `    ${name}: stack("stacks/${one.reads === undefined ? "network" : name}", { layer: "${one.layer}", args: values.${name}, verify: [{ command: ["sh", "-c", values.works.${name}], settle: "1s" }], ${one.more ?? ""} }),`,
  );
  const works = Object.fromEntries(Object.keys(stacks).map((name) => [name, "true"]));
  const args = Object.fromEntries(Object.entries(stacks).map(([name, one]) => [name, one.args]));
  return {
    "stacks/network/index.ts": network,
    ...Object.fromEntries(
      Object.entries(stacks).flatMap(([name, { reads }]) => (reads === undefined ? [] : [[`stacks/${name}/index.ts`, reader(name, reads)]])),
    ),
    "environments/dev/values.json": `${JSON.stringify({ ...args, works }, undefined, 2)}\n`,
    "environments/dev/environment.ts": `import { defineEnvironment, stack } from "trueup";
import values from "./values.json" with { type: "json" };

export default defineEnvironment({
  cloud: "sandbox",
  ${more}
  stacks: {
${lines.join("\n")}
  },
});
`,
  };
}

export const net = (more = ""): Declared => ({ layer: "machines", args: eastArgs, more });

/** From now on this stack says that it does not work. */
export const broken = (stack: string): Files => set("works", { [stack]: "echo broken; exit 1" });
export const mended = (stack: string): Files => set("works", { [stack]: "true" });

/** Several changes of the same files, one after the other. */
export function together(...all: readonly Files[]): Files {
  const files: Record<string, Change> = {};
  for (const [path, change] of all.flatMap((one) => Object.entries(one))) {
    const before = files[path];
    files[path] = typeof before === "function" && typeof change === "function" ? (text) => change(before(text)) : change;
  }
  return files;
}

const counted = /^(generation|resourceVersion)$/;

/** What lives in the cloud, without what counts how often it was written. */
export const objects = (home: Home): unknown =>
  JSON.parse(
    JSON.stringify(
      home.cloud.list().map(({ type, createdBy, properties }) => ({ type, createdBy, properties })),
      (key, value: unknown) => (counted.test(key) ? "…" : value),
    ),
  );

/** The one object that a stack made under a name. */
export const made = (home: Home, stack: string, name: string): ReturnType<Home["cloud"]["list"]> =>
  home.cloud.list().filter(({ createdBy }) => createdBy.startsWith(`urn:pulumi:dev.${stack}::`) && createdBy.endsWith(`::${name}`));

/** Applies in this process. `on`: something happens while a stack is at it. `at`: another hour. */
export async function applyWith(
  home: Home,
  { on, at, signal }: { readonly on?: (stack: string, state: string) => void; readonly at?: () => Date; readonly signal?: AbortSignal },
): Promise<ApplyResult> {
  const observe = (progress: Progress): void => {
    if (progress.kind === "stack") on?.(progress.stack, progress.state);
  };
  const estate: Estate = { ...(await home.open()), observe, ...(at === undefined ? {} : { clock: { ...systemClock, now: at } }) };
  return applyEnvironment(estate, { environment: "dev", all: false, ...(signal === undefined ? {} : { signal }) });
}

export const ended = ({ end, problem }: ApplyResult): readonly unknown[] => [end, problem?.code, problem?.exitCode];

/** A home of its own for one test, with these files applied. */
export async function inHome(files: Files, work: (home: Home) => Promise<void>): Promise<void> {
  const home = await newHome(files);
  try {
    expect((await home.apply()).problem?.lines).toBeUndefined();
    await work(home);
  } finally {
    await home.remove();
  }
}
