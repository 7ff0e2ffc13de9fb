import { loadavg } from "node:os";
import type { Reporter, TestModule } from "vitest/node";
import { rigsTime } from "./rigs-time.ts";

/** Everything that a file took: its modules loaded, its hooks and tests run. */
function timeOf(module: TestModule): number {
  const { collectDuration, setupDuration, duration } = module.diagnostic();
  return collectDuration + setupDuration + duration;
}

/**
 * Ends a run with one plain line that any reader of logs understands: `N passed, N failed, N skipped`. In the slice's size it says before that what the rigs
 * took of it.
 */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) count[test.result().state] += 1;
      if (module.errors().length > 0) count.failed += 1;
    }
    count.failed += errors.length;
    const files = modules.map((module) => ({ file: module.moduleId, ms: timeOf(module) }));
    const rigs = process.env["TRUEUP_TEST_SIZE"] === "slice" ? rigsTime(files, loadavg()[0] ?? 0) : undefined;
    const note = rigs === undefined ? "" : `\n${rigs}`;
    // After the default reporter's summary, which is written in the same turn.
    process.once("exit", () => process.stdout.write(`${note}\n${count.passed} passed, ${count.failed} failed, ${count.skipped + count.pending} skipped\n`));
  }
}
