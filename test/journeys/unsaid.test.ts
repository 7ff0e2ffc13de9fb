import { describe, expect, test, vi } from "vitest";
import { engine, isFull, newHome, type Home } from "./estate.ts";
import { upUnguarded } from "./unguarded.ts";

vi.setConfig({ testTimeout: 300_000 });

interface Written {
  readonly key: string;
  readonly role: string;
  readonly provider: string;
}

const first: Written = { key: "id", role: "", provider: '{ region: "eu-west-1" }' };
const role = 'const role = new aws.iam.Role("runner", { assumeRolePolicy: "{}" });';

/** A table, and the provider that it is made with. */
const program = ({ key, role: made, provider }: Written): string => `import * as aws from "@pulumi/aws";
import { defineStack } from "trueup";
import { z } from "zod";

export default defineStack({
  args: z.object({}),
  program() {
    ${made}
    const at = new aws.Provider("at", ${provider});
    const table = { name: "orders", hashKey: "${key}", attributes: [{ name: "${key}", type: "S" }], billingMode: "PAY_PER_REQUEST" };
    new aws.dynamodb.Table("orders", table, { provider: at });
    return {};
  },
});
`;

const environment = `import { defineEnvironment, stack } from "trueup";

export default defineEnvironment({
  cloud: "sandbox",
  stacks: { store: stack("stacks/store", { layer: "apps", args: {} }) },
});
`;

const tables = (home: Home): readonly string[] =>
  home.cloud
    .list({ type: "aws:dynamodb/table:Table" })
    .map(({ id, region, properties, createdAt }) => `${id} ${region} ${JSON.stringify(properties["hashKey"])} ${createdAt}`);

describe.skipIf(engine === undefined || !isFull)("where a provider's settings are known only when it runs", () => {
  // The engine asks no such provider in a preview, and calls whatever becomes of its resources an update.
  test.each<[string, Written, RegExp]>([
    [
      "a table whose key changes is not replaced before somebody has seen that",
      { key: "name", role, provider: '{ region: "eu-west-1", defaultTags: { tags: { by: role.arn } } }' },
      /^orders eu-west-1 "name" /,
    ],
    [
      "a table of which nothing changes is not replaced either, where the provider may be that of another region",
      { key: "id", role, provider: '{ region: role.arn.apply(() => "us-east-1" as const) }' },
      /^orders us-east-1 "id" /,
    ],
  ])("%s; control: with no guard before the engine it is", async (_, written, replaced) => {
    const home = await newHome({ "stacks/store/index.ts": program(first), "environments/dev/environment.ts": environment });
    try {
      expect((await home.run(["apply", "dev"])).exit).toBe(0);
      const before = tables(home);
      await home.land("changes", { "stacks/store/index.ts": program(written) });
      const refused = await home.run(["apply", "dev"]);
      expect([refused.exit, refused.lines[0], tables(home)]).toEqual([
        11,
        "HELD: what holds data would be lost: replace of aws:dynamodb/table:Table orders, perhaps: its provider's own settings are not known before it runs",
        before,
      ]);
      expect([await upUnguarded(home, "store"), tables(home)]).toEqual(["succeeded", [expect.stringMatching(replaced)]]);
    } finally {
      await home.remove();
    }
  });
});
