import { runChild, type ChildResult } from "../../base/process/index.ts";
import { engineFailed, notInTime } from "./problems.ts";
import type { StackSite } from "./port.ts";

export interface CliSettings {
  readonly cli: string;
  readonly path: string;
  /** HOME and TMPDIR of the engine and of everything it starts. */
  readonly home: string;
  readonly tmp: string;
  readonly pulumiHome: string;
}

export interface CliCall {
  readonly site: StackSite;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly more?: Readonly<Record<string, string>>;
  readonly deadlineMs?: number;
  /** For what locks the stack: told the session as soon as it runs. */
  readonly onSession?: ((session: number) => void) | undefined;
  readonly mayBegin?: (() => Promise<void>) | undefined;
}

const commandDeadlineMs = 120_000;
/** An export of a large stack is tens of megabytes; more than this is refused as unreadable rather than cut. */
export const exportCap = 256 * 1024 * 1024;

/**
 * Beside each file the engine's file backend writes another one of what is known about it, not whole at once: a kill in the middle of that leaves
 * a state that no engine opens. Nothing reads more from those files than that they are there; without them there is nothing to be cut off.
 */
function engineBackend(backend: string): string {
  if (!backend.startsWith("file://") || /[?&]metadata=/.test(backend)) return backend;
  return `${backend}${backend.includes("?") ? "&" : "?"}metadata=skip`;
}

/** Built from nothing: what the engine, its providers and the program may know is what is written here and what the site gives. */
export function engineEnvironment(settings: CliSettings, site: StackSite, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    HOME: settings.home,
    TMPDIR: settings.tmp,
    LANG: "C.UTF-8",
    PULUMI_HOME: settings.pulumiHome,
    PULUMI_DEBUG_COMMANDS: "true",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_REGISTRY_RESOLVE: "true",
    PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK: "true",
    PATH: settings.path,
    ...site.variables,
    PULUMI_BACKEND_URL: engineBackend(site.backend),
    PULUMI_CONFIG_PASSPHRASE: site.passphrase.reveal(),
    ...more,
  };
}

/** One short command without events. Answers what it printed; raises a Problem of `problems.ts` when it fails. */
export async function callCli(settings: CliSettings, call: CliCall): Promise<string> {
  const result = await tryCli(settings, call);
  if (result.endedBy === "deadline")
    throw notInTime(result.stderr, { site: call.site, command: call.args.slice(0, 2).join(" "), deadlineMs: call.deadlineMs ?? commandDeadlineMs });
  if (result.exitCode !== 0) throw engineFailed(result.stderr === "" ? result.stdout.slice(0, 4096) : result.stderr, call.site);
  return result.stdout;
}

/** The same, answering failures too. */
export async function tryCli(settings: CliSettings, call: CliCall): Promise<ChildResult> {
  const { site, args, cwd, more, onSession, mayBegin, deadlineMs = commandDeadlineMs } = call;
  return runChild([settings.cli, ...args, "--non-interactive", "--color", "never"], {
    cwd,
    env: engineEnvironment(settings, site, more),
    deadlineMs,
    outputCap: exportCap,
    graceMs: 2_000,
    ...(onSession === undefined ? {} : { onSession }),
    ...(mayBegin === undefined ? {} : { mayBegin }),
  });
}
