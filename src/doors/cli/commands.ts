import type { CommandSpec } from "./command.ts";

async function hold(name: string): Promise<CommandSpec> {
  const { holdCommands } = await import("./commands/holds.ts");
  const found = holdCommands.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no command holds by the name ${name}`);
  return found;
}

/** Where every command is, in the order of the help. Loading all takes longer than most of them work: only what is named is loaded. */
const places: Readonly<Record<string, () => Promise<CommandSpec>>> = {
  demo: async () => (await import("./commands/demo.ts")).demoCommand,
  init: async () => (await import("./commands/init.ts")).initCommand,
  bootstrap: async () => (await import("./commands/bootstrap.ts")).bootstrapCommand,
  preview: async () => (await import("./commands/preview.ts")).previewCommand,
  apply: async () => (await import("./commands/apply.ts")).applyCommand,
  approve: async () => (await import("./commands/approve.ts")).approveCommand,
  rollback: async () => (await import("./commands/rollback.ts")).rollbackCommand,
  retry: async () => (await import("./commands/retry.ts")).retryCommand,
  comment: async () => (await import("./commands/comment.ts")).commentCommand,
  drift: async () => (await import("./commands/drift.ts")).driftCommand,
  agent: async () => (await import("./commands/agent.ts")).agentCommand,
  check: async () => (await import("./commands/check.ts")).checkCommand,
  doctor: async () => (await import("./commands/doctor.ts")).doctorCommand,
  status: async () => (await import("./commands/status.ts")).statusCommand,
  log: async () => (await import("./commands/log.ts")).logCommand,
  audit: async () => (await import("./commands/audit.ts")).auditCommand,
  stats: async () => (await import("./commands/stats.ts")).statsCommand,
  windows: async () => (await import("./commands/windows.ts")).windowsCommand,
  suspend: () => hold("suspend"),
  resume: () => hold("resume"),
  pin: () => hold("pin"),
  unpin: () => hold("unpin"),
  freeze: () => hold("freeze"),
  thaw: () => hold("thaw"),
  env: async () => (await import("./commands/env.ts")).envCommand,
  stack: async () => (await import("./commands/stack.ts")).stackCommand,
  run: async () => (await import("./commands/run.ts")).runCommand,
  recover: async () => (await import("./commands/recover.ts")).recoverCommand,
  rebuild: async () => (await import("./commands/rebuild.ts")).rebuildCommand,
  cloud: async () => (await import("./commands/cloud.ts")).cloudCommand,
  version: async () => (await import("./commands/version.ts")).versionCommand,
};

export const commandNames: readonly string[] = Object.keys(places);

const loaded = (names: readonly string[]): Promise<readonly CommandSpec[]> => Promise.all(names.flatMap((name) => places[name]?.() ?? []));

/** Every command, in the order of the help. */
export const allCommands = (): Promise<readonly CommandSpec[]> => loaded(commandNames);

const asksForHelp: ReadonlySet<string> = new Set(["--help", "-h", "help"]);

/**
 * The commands that a command line may mean: each whose name is one of its words, since what stands before it can be the value of a flag. All of them
 * where it names none, or asks for help before it does.
 */
export function commandsFor(argv: readonly string[]): Promise<readonly CommandSpec[]> {
  const [first] = argv.flatMap((word, at) => (Object.hasOwn(places, word) ? [at] : []));
  if (first === undefined || argv.slice(0, first).some((word) => asksForHelp.has(word))) return allCommands();
  return loaded(commandNames.filter((name) => argv.includes(name)));
}
