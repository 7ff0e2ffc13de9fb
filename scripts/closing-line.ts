import type { Reporter, TestModule } from "vitest/node";

/** Ends a run with one plain line that any reader of logs understands: `N passed, N failed, N skipped`. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) count[test.result().state] += 1;
      if (module.errors().length > 0) count.failed += 1;
    }
    count.failed += errors.length;
    // After the default reporter's summary, which is written in the same turn.
    process.once("exit", () => process.stdout.write(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped + count.pending} skipped\n`));
  }
}
