import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test, vi } from "vitest";
import { engine, isFull, newHome, type Change } from "./estate.ts";
import { cloudLines, results, sentences } from "./evidence.ts";

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
