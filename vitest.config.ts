import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import TestOrder from "./scripts/test-order.ts";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts", "policies/**/*.test.ts", "scripts/**/*.test.ts"],
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
