import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import TestOrder from "./scripts/test-order.ts";

const shared = [
  "src/base/**/*.test.ts",
  "src/domain/**/*.test.ts",
  "src/adapters/forges/**/*.test.ts",
  "src/adapters/probes/**/*.test.ts",
  "src/workflows/**/*.test.ts",
];

export default defineConfig({
  test: {
    projects: [
      // They leave nothing in their process: files share one, so that each module is loaded once and not once per file.
      { extends: true, test: { name: "shared", include: shared, isolate: false } },
      {
        extends: true,
        test: { name: "rest", include: ["src/**/*.test.ts", "test/**/*.test.ts", "policies/**/*.test.ts", "scripts/**/*.test.ts"], exclude: shared },
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
