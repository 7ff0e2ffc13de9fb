import { describe, expect, test, vi } from "vitest";
import { engine, isFull, newHome, set, type Change, type Home } from "./estate.ts";
import { picture, results } from "./evidence.ts";

vi.setConfig({ testTimeout: 300_000 });

/** A cluster by a name that it cannot change: by another name it is another one. What leads to it is secret, as in the demo's estate. */
const cluster = `import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { defineStack } from "trueup";
import { z } from "zod";

const leadingTo = (name: string, server: string, authority: string): string =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    contexts: [{ name, context: { cluster: name, user: "me" } }],
    clusters: [{ name, cluster: { server, "certificate-authority-data": authority } }],
    users: [{ name: "me", user: { username: "me" } }],
  });

export default defineStack({
  args: z.object({ name: z.string() }),
  program(args) {
    const { name, endpoint, certificateAuthority } = new aws.eks.Cluster("main", {
      name: args.name,
      roleArn: "arn:aws:iam::000000000000:role/cluster",
      vpcConfig: { subnetIds: ["subnet-1", "subnet-2"] },
    });
    return { kubeconfig: pulumi.secret(pulumi.all([name, endpoint, certificateAuthority.data]).apply(([named, server, signer]) => leadingTo(named, server, signer))) };
  },
});
`;

/** What runs on it: each app in a namespace of its own where `more` says so. */
const app = (name: string, more = ""): string => `import * as k8s from "@pulumi/kubernetes";
import { defineStack } from "trueup";
import { z } from "zod";

export default defineStack({
  args: z.object({ version: z.string() }),
  program({ version }, ctx) {
    const provider = new k8s.Provider("main", { kubeconfig: ctx.stack("cluster").output("kubeconfig") as never });
    ${more}
    new k8s.core.v1.ConfigMap("settings", { metadata: { name: "${name}", namespace: "default" }, data: { version } }, { provider });
    return { version };
  },
});
`;
const namespaced = (name: string): string => app(name, `new k8s.core.v1.Namespace("own", { metadata: { name: "${name}" } }, { provider });`);

const files: Readonly<Record<string, Change>> = {
  "stacks/cluster/index.ts": cluster,
  "stacks/shop/index.ts": app("shop"),
  "stacks/web/index.ts": app("web"),
  "environments/dev/values.json": `${JSON.stringify({ cluster: { name: "blue" }, shop: { version: "1" }, web: { version: "1" } }, undefined, 2)}\n`,
  "environments/dev/environment.ts": `import { defineEnvironment, stack } from "trueup";
import values from "./values.json" with { type: "json" };

export default defineEnvironment({
  cloud: "sandbox",
  stacks: {
    cluster: stack("stacks/cluster", { layer: "clusters", args: values.cluster }),
    shop: stack("stacks/shop", { layer: "apps", args: values.shop }),
    web: stack("stacks/web", { layer: "apps", args: values.web }),
  },
});
`,
};

/** Every object of the apps that is in the cloud: on which cluster it is, what it is. Twice where it is there twice. */
const placed = (home: Home): readonly string[] =>
  home.cloud
    .list()
    .filter(({ createdBy }) => /^urn:pulumi:dev\.(shop|web)::/.test(createdBy))
    .map(({ account, type, id }) => `${account} ${type.split(":").at(-1)} ${id}`)
    .toSorted();

const server = (home: Home): string => {
  const endpoints = home.cloud.list({ type: "aws:eks/cluster:Cluster" }).map(({ properties }) => properties["endpoint"]);
  expect(endpoints).toEqual([expect.stringMatching(/^https:\/\//)]);
  return JSON.stringify(endpoints).slice('["https://'.length, -'"]'.length);
};

const settingsOn = (cluster: string): readonly string[] => ["ConfigMap default/shop", "ConfigMap default/web"].map((one) => `${cluster} ${one}`);
const spacesOn = (cluster: string): readonly string[] => ["Namespace shop", "Namespace web"].map((one) => `${cluster} ${one}`);

async function inHome(more: Readonly<Record<string, Change>>, work: (home: Home) => Promise<void>): Promise<void> {
  const home = await newHome({ ...files, ...more });
  try {
    expect((await home.apply()).problem?.lines).toBeUndefined();
    await work(home);
  } finally {
    await home.remove();
  }
}

const green = set("cluster", { name: "green" });

describe.skipIf(engine === undefined || !isFull)("a cluster that is replaced", () => {
  test("takes its apps along: the preview names what of them is made anew, one run moves them, each object is on the new cluster and nowhere else", () =>
    inHome({}, async (home) => {
      const blue = server(home);
      expect(placed(home)).toEqual(settingsOn(blue));
      await home.commit("green", green);
      const report = await home.report("green");
      const told = report.stacks.map(({ name, outcome }) => [
        name,
        outcome.kind === "unknown" ? outcome.until : [],
        "changes" in outcome ? (outcome.changes?.resources ?? []).map((one) => `${one.operation} ${one.name}`) : [],
      ]);
      expect(told).toEqual([
        ["cluster", [], ["replace main"]],
        ["shop", ["cluster"], expect.arrayContaining(["replace settings"])],
        ["web", ["cluster"], expect.arrayContaining(["replace settings"])],
      ]);
      const said = await home.run(["preview", "dev", "--ref", "green"]);
      expect(said.out).toMatch(
        /dev\.shop +unknown until cluster is applied, 1 replace, 1 update[^]*replace\? kubernetes:core\/v1:ConfigMap settings[^]*dev\.web/,
      );

      await home.merge("green");
      const applied = await home.apply();
      expect([applied.end, applied.problem?.lines]).toEqual(["good", undefined]);
      expect(server(home)).not.toBe(blue);
      expect([placed(home), await results(home)]).toEqual([settingsOn(server(home)), { cluster: "good", shop: "good", web: "good" }]);
      expect([(await home.apply()).end, (await home.drift()).stacks.flatMap(({ findings }) => findings)]).toEqual(["nothing", []]);
    }));

  test("is refused as a whole, before anything is touched, where a guard does not let its apps go; a person lets them, and one run moves all", () =>
    inHome({ "stacks/shop/index.ts": namespaced("shop"), "stacks/web/index.ts": namespaced("web") }, async (home) => {
      const blue = server(home);
      await home.land("green", green);
      const before = await picture(home);
      const refused = await home.apply();
      expect([refused.end, refused.problem?.exitCode, await picture(home), server(home)]).toEqual(["refused", 13, before, blue]);
      expect(refused.problem?.what).toMatch(/2 of 2 resources would be destroyed/);

      const words = ["--override", "destroys too much", "--override", "stateful", "--reason", "the apps move with their cluster"];
      const applied = await home.run(["apply", "dev", ...words]);
      expect([applied.exit, applied.err]).toEqual([0, expect.not.stringContaining("ROLLBACK")]);
      expect(server(home)).not.toBe(blue);
      expect(placed(home)).toEqual([...settingsOn(server(home)), ...spacesOn(server(home))]);
    }));

  test("is refused as a whole where one of its apps is frozen or held: nothing moves; free again, all of it moves", () =>
    inHome({}, async (home) => {
      const blue = server(home);
      await home.land("green", green);
      const before = await picture(home);
      for (const [hold, lift] of [
        ["freeze", "thaw"],
        ["suspend", "resume"],
      ] as const) {
        expect((await home.run([hold, "dev", "--stack", "web", "--reason", "the team is away", "--for", "2h"])).exit).toBe(0);
        const refused = await home.apply();
        expect([refused.end, refused.problem?.exitCode, refused.problem?.what]).toEqual(["refused", 11, expect.stringContaining("the team is away")]);
        expect([(await picture(home)).cloud, (await picture(home)).states, placed(home)]).toEqual([before.cloud, before.states, settingsOn(blue)]);
        expect((await home.run([lift, "dev", "--stack", "web", "--reason", "back"])).exit).toBe(0);
      }
      expect((await home.apply()).problem?.lines).toBeUndefined();
      expect(placed(home)).toEqual(settingsOn(server(home)));
    }));
});
