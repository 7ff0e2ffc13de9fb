import { describe, expect, test, vi } from "vitest";
import { engine, isFull, newHome, type Change, type Home } from "./estate.ts";
import { cloudLines, results, stateOf } from "./evidence.ts";
import { legacy } from "./legacy.ts";
import { single } from "./single.ts";

vi.setConfig({ testTimeout: 200_000 });

const declares = (stacks: string, more = ""): Readonly<Record<string, Change>> => ({
  "environments/dev/environment.ts": `import { defineEnvironment, project } from "trueup";

export default defineEnvironment({ cloud: "sandbox", ${more} stacks: { ${stacks} } });
`,
});

async function applied(files: Readonly<Record<string, Change>>): Promise<Home> {
  const home = await newHome(files);
  const { end, problem } = await home.apply();
  expect([end, problem]).toEqual(["good", undefined]);
  return home;
}

describe.skipIf(engine === undefined || !isFull)("what is live and declared nowhere", () => {
  test("a key that becomes another Pulumi stack leaves the old one an orphan: it is shown with its resources and refused, until it has a key to be retired by", async () => {
    const home = await applied(legacy);
    try {
      const before = await cloudLines(home);
      await home.land("another", declares('network: project("legacy/net", { stack: "acme-prod", layer: "machines" })'));
      const report = await home.report("env/dev");
      expect(report.orphans).toEqual([{ stack: "network (acme-net/acme-dev)", resources: 3 }]);
      expect(report.stacks.flatMap(({ refusals }) => refusals.map(({ kind }) => kind))).toEqual(["orphan"]);
      expect((await home.status()).orphans).toEqual([{ stack: "network (acme-net/acme-dev)", resources: 3 }]);
      const { end, problem } = await home.apply();
      expect([end, problem?.code, problem?.exitCode]).toEqual(["refused", "STACK_MOVED", 13]);
      expect(problem?.what).toContain("acme-net/acme-dev with 3 resources is live");
      expect([await stateOf(home, "acme-prod", "acme-net"), await cloudLines(home)]).toEqual([undefined, before]);

      await home.land("own-key", declares('fresh: project("legacy/net", { stack: "acme-prod", layer: "machines" })', 'retire: { network: "forget" },'));
      // The new stack has no config of its own yet: the commit brings it.
      await home.land("config", { "legacy/net/Pulumi.acme-prod.yaml": "config:\n  acme-net:domain: acme.test\n" });
      expect((await home.apply()).end).toBe("good");
      expect([await results(home), (await stateOf(home, "acme-dev", "acme-net"))?.urns.length]).toEqual([{ fresh: "good" }, 1]);
    } finally {
      await home.remove();
    }
  });

  test.skipIf(!isFull)("the same stack name in another project's folder is another Pulumi stack; the same project in another folder is not", async () => {
    const home = await applied(legacy);
    try {
      const to = (folder: string, name: string): Readonly<Record<string, Change>> => ({
        ...Object.fromEntries(Object.entries(legacy).map(([path, text]) => [path.replace("legacy/net", folder), text])),
        [`${folder}/Pulumi.yaml`]: String(legacy["legacy/net/Pulumi.yaml"]).replace("acme-net", name),
        ...declares(`network: project("${folder}", { stack: "acme-dev", layer: "machines" })`),
      });
      await home.land("moved", to("infra/net", "acme-net"));
      expect((await home.apply()).end).toBe("good");
      await home.land("other", to("infra/dns", "acme-dns"));
      expect((await home.apply()).problem).toMatchObject({ code: "STACK_MOVED" });
    } finally {
      await home.remove();
    }
  });

  test("a project() that is a stack of the repository's own project is refused before anything is asked", async () => {
    const home = await newHome({
      "environments/dev/environment.ts": `import { defineEnvironment, project, stack } from "trueup";

export default defineEnvironment({
  cloud: "sandbox",
  stacks: {
    machines: stack("stacks/machines", { layer: "machines", args: {} }),
    again: project("again", { stack: "dev.machines", layer: "machines" }),
  },
});
`,
      "again/Pulumi.yaml": "name: small\nruntime: nodejs\n",
      "again/index.ts": "export {};\n",
    });
    try {
      await expect(home.apply()).rejects.toMatchObject({ code: "STACK_DUPLICATE" });
      const { exit, lines } = await home.run(["preview", "dev", "--ref", "env/dev"]);
      expect([exit === 0, lines[0]]).toEqual([false, expect.stringMatching(/^STACK_DUPLICATE: stacks.machines and stacks.again/)]);
    } finally {
      await home.remove();
    }
  });

  test.skipIf(!isFull)(
    "an environment whose folder is removed is shown with its stacks as orphans, is listed as removed, and an apply destroys nothing",
    async () => {
      const home = await applied(single(""));
      try {
        const before = await cloudLines(home);
        const environment = "environments/dev/environment.ts";
        await home.commit("gone", { [environment]: undefined, "environments/dev/values.json": undefined });
        const orphans = [{ stack: "machines", resources: 3 }];
        const preview = await home.report("gone");
        expect([preview.orphans, preview.refusals.map(({ kind, blocks }) => [kind, blocks])]).toEqual([orphans, [["orphan", true]]]);
        await home.merge("gone");
        expect(await home.status()).toMatchObject({ removed: true, stacks: [], orphans });
        expect((await home.run(["status", "dev"])).out).toMatch(/its folder is gone.*\n.*\n.*orphaned: machines \(3 resources\)/);
        expect((await home.run(["env", "list"])).out).toMatch(/^dev {2}env\/dev {2}sandbox {2}machines {2}removed: 3 resources are live$/m);
        const refused = await home.run(["apply", "dev"]);
        expect([refused.exit, refused.lines[0]]).toEqual([13, expect.stringMatching(/^ENVIRONMENT_REMOVED: .*1 stack with 3 resources.*machines/)]);
        expect([await cloudLines(home), await results(home)]).toEqual([before, { machines: "good" }]);
        // Put back with `retire`, it goes as it should.
        await home.land("retire", declares("", 'retire: { machines: "destroy" },'));
        const over = await home.run(["apply", "dev"]);
        expect([over.exit, await results(home)]).toEqual([0, {}]);
        // Nothing is left, so the folder may go: then there is no such environment.
        await home.land("gone-again", { [environment]: undefined });
        expect((await home.run(["status", "dev"])).lines[0]).toMatch(/^ENVIRONMENT_UNKNOWN/);
      } finally {
        await home.remove();
      }
    },
  );
});
