import type { CommandSpec } from "./command.ts";
import { agentCommand } from "./commands/agent.ts";
import { applyCommand } from "./commands/apply.ts";
import { approveCommand } from "./commands/approve.ts";
import { auditCommand } from "./commands/audit.ts";
import { bootstrapCommand } from "./commands/bootstrap.ts";
import { checkCommand } from "./commands/check.ts";
import { cloudCommand } from "./commands/cloud.ts";
import { commentCommand } from "./commands/comment.ts";
import { demoCommand } from "./commands/demo.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { driftCommand } from "./commands/drift.ts";
import { envCommand } from "./commands/env.ts";
import { holdCommands } from "./commands/holds.ts";
import { initCommand } from "./commands/init.ts";
import { logCommand } from "./commands/log.ts";
import { previewCommand } from "./commands/preview.ts";
import { rebuildCommand } from "./commands/rebuild.ts";
import { recoverCommand } from "./commands/recover.ts";
import { rollbackCommand } from "./commands/rollback.ts";
import { retryCommand } from "./commands/retry.ts";
import { runCommand } from "./commands/run.ts";
import { stackCommand } from "./commands/stack.ts";
import { statsCommand } from "./commands/stats.ts";
import { statusCommand } from "./commands/status.ts";
import { versionCommand } from "./commands/version.ts";
import { windowsCommand } from "./commands/windows.ts";

/** Every command, in the order of the help. */
export const commands: readonly CommandSpec[] = [
  demoCommand,
  initCommand,
  bootstrapCommand,
  previewCommand,
  applyCommand,
  approveCommand,
  rollbackCommand,
  retryCommand,
  commentCommand,
  driftCommand,
  agentCommand,
  checkCommand,
  doctorCommand,
  statusCommand,
  logCommand,
  auditCommand,
  statsCommand,
  windowsCommand,
  ...holdCommands,
  envCommand,
  stackCommand,
  runCommand,
  recoverCommand,
  rebuildCommand,
  cloudCommand,
  versionCommand,
];
