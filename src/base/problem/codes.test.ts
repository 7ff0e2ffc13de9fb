import { describe, expect, it } from "vitest";
import { problemCodes } from "./codes.ts";
import { Problem } from "./problem.ts";

/** What scripts and CI jobs rely on, written out a second time: an exit code that changes must be changed here too, on purpose. */
const promised = {
  USAGE: 2,
  CONFIG_INVALID: 2,
  ENVIRONMENT_INVALID: 2,
  ENVIRONMENT_IMPURE: 2,
  ENVIRONMENT_UNKNOWN: 6,
  STACK_UNKNOWN: 6,
  STACK_PATH_MISSING: 2,
  STACK_CYCLE: 2,
  STACK_DUPLICATE: 2,
  APPROVAL_UNWANTED: 6,
  ARGS_INVALID: 2,
  PROGRAM_FAILED: 1,
  PROGRAM_TIMEOUT: 9,
  PROGRAM_INCOMPLETE: 1,
  ENGINE_MISSING: 2,
  ENGINE_FAILED: 1,
  ENGINE_EVENTS_LOST: 1,
  ENGINE_TIMEOUT: 9,
  PLUGIN_MISSING: 2,
  CANCELLED: 8,
  POLICY_VIOLATED: 5,
  POLICY_PACK_FAILED: 1,
  CHECK_FAILED: 1,
  CHANGES_FOUND: 7,
  LEASE_HELD: 10,
  LEASE_LOST: 10,
  HELD: 11,
  STALE: 12,
  GUARD_REFUSED: 13,
  PENDING_OPERATIONS: 13,
  IDENTITY_CHANGED: 13,
  STACK_MOVED: 13,
  ENVIRONMENT_REMOVED: 13,
  HOOK_FAILED: 1,
  VERIFY_FAILED: 1,
  REQUIREMENT_UNMET: 13,
  ROLLED_BACK: 14,
  ROLLBACK_FAILED: 15,
  BRANCH_MISSING: 6,
  BRANCH_REWRITTEN: 11,
  REF_INVALID: 2,
  MERGE_CONFLICT: 1,
  REMOTE_UNREACHABLE: 1,
  PUSH_REFUSED: 1,
  FORGE_UNREACHABLE: 1,
  FORGE_REFUSED: 3,
  FORGE_MISSING: 6,
  FORGE_LIMITED: 1,
  FORGE_NONSENSE: 1,
  NOTICE_UNTOLD: 1,
  LEDGER_FOREIGN: 13,
  LEDGER_NEWER: 13,
  LEDGER_BUSY: 10,
  LEDGER_REWRITTEN: 13,
  STATE_UNREACHABLE: 1,
  STATE_LOCKED: 10,
  STATE_CORRUPTED: 13,
  SECRETS_UNREADABLE: 3,
  DISK_FULL: 1,
  CLOUD_OBJECT_UNKNOWN: 6,
  INTERNAL: 1,
  LEDGER_BROKEN: 13,
  IDENTITY_REFUSED: 3,
  ISOLATION_MISSING: 13,
  SETUP_WRONG: 1,
};

describe("exit codes", () => {
  it("are what was promised, for every problem and for none that is not listed", () => {
    expect(Object.fromEntries(Object.entries(problemCodes).map(([code, { exit }]) => [code, exit]))).toEqual(promised);
  });

  it.each(Object.entries(promised))("%s ends a command with %i", (code, exit) => {
    const problem = new Problem(code as keyof typeof problemCodes, { what: "something failed", on: "dev", todo: "Run it again." });
    expect(problem.exitCode).toBe(exit);
  });
});
