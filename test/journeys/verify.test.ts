import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { describe, expect, test, vi } from "vitest";
import { engine, isFull, newHome, set, type Change } from "./estate.ts";
import { cloudLines, results, sentences } from "./evidence.ts";
import { estateOf, made, net } from "./rollback-estate.ts";

vi.setConfig({ testTimeout: 200_000 });

/** A web app as the demo's estate has it: its own file, not one that looks like it. */
const ofTheEstate = (path: string): string => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), "utf8");

const host = "web.dev.acme.invalid";
const web = `import { defineStack } from "trueup";
import { z } from "zod";
import { WebApp } from "../lib/web-app.ts";

export default defineStack({
  args: z.object({ version: z.string() }),
  program({ version }) {
    const app = new WebApp("web", { namespace: "default", image: "ghcr.io/acme/web", version, replicas: 1, port: 8080, health: "/readyz", host: "${host}" });
    return { service: app.serviceName };
  },
});
`;

const files: Readonly<Record<string, Change>> = {
  "stacks/lib/web-app.ts": ofTheEstate("stacks/lib/web-app.ts"),
  "stacks/lib/labels.ts": ofTheEstate("stacks/lib/labels.ts"),
  "stacks/web/index.ts": web,
  "environments/dev/environment.ts": `import { defineEnvironment, stack } from "trueup";
import type web from "../../stacks/web/index.ts";

export default defineEnvironment({
  cloud: "sandbox",
  stacks: {
    web: stack<typeof web>("stacks/web", {
      layer: "apps",
      args: { version: "1.0.0" },
      verify: [{ http: "http://${host}/readyz", settle: "1s" }, { tcp: "${host}:80", settle: "1s" }, { kubernetes: ["deployment/web"], settle: "1s" }],
    }),
  },
});
`,
};

describe.skipIf(engine === undefined || !isFull)("an app that is applied and does not work", () => {
  test("fails its verify checks while it is ill, is recorded as failed, and is good once it is well", async () => {
    const home = await newHome(files);
    const byTheEngine = async (): Promise<number> => (await cloudLines(home)).filter(({ actor }) => actor === "engine").length;
    try {
      expect((await home.run(["cloud", "fault", "add", "unhealthy", "--type", "kubernetes:apps/*"])).exit).toBe(0);
      const failed = await home.run(["apply", "dev"]);
      expect([failed.exit, failed.lines]).toEqual([
        1,
        [
          expect.stringMatching(`^VERIFY_FAILED: http http://${host}/readyz says 503 after \\d+ tries$`),
          expect.stringContaining("dev.web at "),
          expect.stringContaining("It was applied but does not work."),
        ],
      ]);
      expect(failed.out).toContain("refused (unhealthy)");
      expect(failed.out).toContain("deployment/web: 0 of 1 are available");
      expect(await results(home)).toEqual({ web: "failed" });
      const made = await byTheEngine();

      // The fault strikes no more, but what it made ill is ill: nothing is to be changed, and yet the apply fails.
      expect((await home.run(["cloud", "fault", "clear"])).out).toContain("1 cleared");
      expect([(await home.apply()).problem?.code, await results(home)]).toEqual(["VERIFY_FAILED", { web: "failed" }]);
      expect(await byTheEngine()).toBe(made);

      home.cloud.setHealth("deployment web", "healthy");
      expect([(await home.apply()).end, await results(home)]).toEqual(["good", { web: "good" }]);
      expect(await byTheEngine()).toBe(made);

      // Each stack is well by its own checks, and yet the environment as a whole is not: all that the run applied has failed, and is looked at again.
      const together = 'cloud: "sandbox",\n  verify: { settle: "1s", checks: [{ kubernetes: ["deployment/web"] }] },';
      const own = /\n\s+verify: \[.*\],/;
      await home.commit("together", {
        "environments/dev/environment.ts": (text) => text.replace('cloud: "sandbox",', together).replace(own, ""),
        "stacks/web/index.ts": (text) => `${text}// The environment says how we will know.\n`,
      });
      await home.merge("together");
      home.cloud.setHealth("deployment web", "ill");
      const apart = await home.apply();
      const says = expect.stringMatching(/^kubernetes deployment\/web in default says deployment\/web: 0 of 1 are available after \d+ tries$/);
      expect([apart.end, apart.problem?.exitCode, apart.problem?.what, await results(home)]).toEqual(["failed", 1, says, { web: "failed" }]);
      home.cloud.setHealth("deployment web", "healthy");
      // It was good before, so this very commit is not tried again unasked.
      expect((await home.apply()).problem?.exitCode).toBe(11);
      expect((await home.run(["retry", "dev"])).exit).toBe(0);
      const whole = await home.apply();
      expect([whole.end, await results(home), (await sentences(home))[0]]).toEqual(["good", { web: "good" }, expect.stringContaining("verified")]);
    } finally {
      await home.remove();
    }
  });
});

/** A Prometheus that answers every query with this share of failed requests. */
async function metrics(): Promise<{ readonly url: string; readonly asked: string[]; says(value: string): void; close(): void }> {
  const asked: string[] = [];
  let share = "0.01";
  const server = createServer((request, response) => {
    asked.push(new URL(request.url ?? "", "http://here").searchParams.get("query") ?? "");
    const result = [{ metric: { job: "shop" }, value: [1_795_000_000, share] }];
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ status: "success", data: { resultType: "vector", result } }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, asked, says: (value) => void (share = value), close: () => void server.close() };
}

describe.skipIf(engine === undefined || !isFull)("a stack whose numbers tell how it is", () => {
  test("is good while Prometheus says a number within its bound, and fails, forwards and on the way back, when it is out of it", async () => {
    const prometheus = await metrics();
    const query = 'sum(rate(errors{job="shop"}[5m]))';
    const own = 'verify: [{ command: ["sh", "-c", values.works.shop], settle: "1s" }]';
    const check = `verify: [{ prometheus: "${prometheus.url}", query: ${JSON.stringify(query)}, below: 0.05, settle: "1s" }]`;
    const files = estateOf({ shop: net() });
    const environment = String(files["environments/dev/environment.ts"]);
    expect(environment).toContain(own);
    const home = await newHome({ ...files, "environments/dev/environment.ts": environment.replace(own, () => check) });
    try {
      const good = await home.run(["apply", "dev"]);
      expect([good.exit, good.err]).toEqual([0, expect.any(String)]);
      expect([await results(home), new Set(prometheus.asked)]).toEqual([{ shop: "good" }, new Set([query])]);

      prometheus.says("0.4");
      await home.land("larger", set("shop", { tier: "large" }));
      const failed = await home.run(["apply", "dev"], { deadlineMs: 180_000 });
      expect([failed.exit, failed.lines.join("\n")]).toEqual([15, expect.stringMatching(/prometheus sum\(rate.* < 0\.05 says .*0\.4/)]);
      expect(made(home, "shop", "net")[0]?.properties["tags"]).toMatchObject({ tier: "small" });

      prometheus.says("0.02");
      expect((await home.run(["thaw", "dev", "--reason", "the numbers are down"])).exit).toBe(0);
      expect((await home.run(["retry", "dev", "--reason", "it was the load"])).exit).toBe(0);
      expect([(await home.run(["apply", "dev"])).exit, await results(home)]).toEqual([0, { shop: "good" }]);
      expect(made(home, "shop", "net")[0]?.properties["tags"]).toMatchObject({ tier: "large" });
    } finally {
      await home.remove();
      prometheus.close();
    }
  });
});
