import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import TestOrder from "./scripts/test-order.ts";

const values = ["src/base/**/*.test.ts", "src/domain/**/*.test.ts", "src/adapters/forges/**/*.test.ts", "src/adapters/probes/**/*.test.ts"];

export default defineConfig({
  test: {
    projects: [
      // Nothing but values in and values out: files share a process, so that each module is loaded once and not once per file.
      { extends: true, test: { name: "values", include: values, isolate: false } },
      {
        extends: true,
        test: { name: "rest", include: ["src/**/*.test.ts", "test/**/*.test.ts", "policies/**/*.test.ts", "scripts/**/*.test.ts"], exclude: values },
      },
    ],
    pool: "forks",
    // Journeys wait for engines, hosts and clocks: one more than there are cores keeps them busy.
    maxWorkers: Math.min(4, availableParallelism() + 1),
    sequence: { sequencer: TestOrder },
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // It imports its schema as JSON without saying so, which Node itself refuses.
    server: { deps: { inline: ["@actions/workflow-parser"] } },
    reporters: ["default", "./scripts/closing-line.ts"],
  },
});
