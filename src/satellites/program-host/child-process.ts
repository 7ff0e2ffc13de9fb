import { execa } from "execa";
import { fileURLToPath } from "node:url";
import type { Children } from "./children.ts";
import { cappedLines } from "./capped-lines.ts";
import type { Words } from "./words.ts";

export interface ChildSettings {
  /** The file in child/ that it runs. */
  readonly script: "program.ts" | "policy-pack.ts" | "plugin.ts";
  readonly args: readonly string[];
  readonly cwd: string;
  /** Added to the host's own environment. */
  readonly variables: Readonly<Record<string, string>>;
  /** Leaves the host's own environment out: `variables` is all. */
  readonly isolated?: boolean;
  readonly nodeArguments: readonly string[];
  readonly outputCap: number;
  readonly words: Words;
  readonly children: Children;
  readonly stop: AbortSignal;
}

export interface ChildEnd {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  /** The shim wrote its proof: the program ran to its end and its outputs were handed over. */
  readonly complete: boolean;
}

/** The only thing a shim writes to its fourth descriptor. */
export const completionProof = "complete";

/** How long a child's last words may take to arrive after it has ended (a grandchild may hold its pipes open). */
const lastWordsMs = 2_000;

function script(name: string): string {
  // Built, the sources are JavaScript beside each other.
  const own = import.meta.url;
  return fileURLToPath(new URL(`./child/${own.endsWith(".ts") ? name : name.replace(/\.ts$/, ".js")}`, own));
}

/** Starts one Node process in a session of its own; it never outlives `stop`, the host, or the host's crash. */
export function startChild(settings: ChildSettings): Promise<ChildEnd> {
  const child = execa(process.execPath, [...settings.nodeArguments, script(settings.script), ...settings.args], {
    cwd: settings.cwd,
    env: { ...settings.variables },
    extendEnv: settings.isolated !== true,
    detached: true,
    cleanup: false,
    buffer: false,
    reject: false,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const session = child.pid;
  if (session !== undefined) settings.children.add(session);
  const kill = (): void => {
    if (session !== undefined) void settings.children.end(session);
  };
  settings.stop.addEventListener("abort", kill, { once: true });
  if (settings.stop.aborted) kill();

  const outputs = [
    cappedLines(settings.outputCap, (line) => settings.words.say(line)),
    cappedLines(settings.outputCap, (line) => settings.words.complain(line)),
  ];
  child.stdout.on("data", (chunk: Buffer) => outputs[0]?.take(chunk));
  child.stderr.on("data", (chunk: Buffer) => outputs[1]?.take(chunk));
  let proof = "";
  child.stdio[3].on("data", (chunk: Buffer) => {
    if (proof.length < 64) proof += chunk.toString("utf8");
  });
  // Stragglers hold the pipes open: they get a moment for their last words once the program itself is gone.
  child.nodeChildProcess.once("exit", () => {
    setTimeout(kill, lastWordsMs).unref();
  });
  return child.then(async (result) => {
    settings.stop.removeEventListener("abort", kill);
    if (session !== undefined) await settings.children.end(session);
    for (const output of outputs) output.end();
    if (session === undefined) throw new Error(`a Node process could not be started: ${result.shortMessage ?? "unknown reason"}`);
    return { exitCode: result.exitCode, signal: result.signal, complete: proof === completionProof };
  });
}
