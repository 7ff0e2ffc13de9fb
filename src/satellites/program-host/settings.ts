import { tmpdir } from "node:os";
import { join } from "node:path";

export interface HostSettings {
  readonly mode: "serve" | "language";
  /** The engine of an ordinary start, `host:port`; a shared host learns it from each call. */
  readonly engine: string | undefined;
  /** Compiled program files and V8's code cache; safe to delete at any time. */
  readonly cache: string;
  /** Bytes of a program's stdout and stderr (each) that are passed on; the rest is counted and dropped. */
  readonly outputCap: number;
}

export interface DynamicProviderSettings {
  readonly mode: "dynamic-provider";
}

/** Writes the launchers by which a plain `pulumi` finds us, and ends. Folders are absolute. */
export interface LaunchersCommand {
  readonly mode: "launchers";
  readonly directory: string;
  readonly cache: string | undefined;
  readonly sandbox: { readonly store: string; readonly sdk: string } | undefined;
}

export const usage = `usage: main.ts serve [--cache DIR] [--output-cap BYTES]
       main.ts language [--cache DIR] [flags of the engine] ENGINE_ADDRESS
       main.ts dynamic-provider ENGINE_ADDRESS
       main.ts launchers DIR [--cache DIR] [--store DIR --sdk NODE_MODULES]`;

function flag(args: readonly string[], name: string): string | undefined {
  const at = args.indexOf(name);
  if (at >= 0) return args[at + 1];
  return args.find((arg) => arg.startsWith(`${name}=`))?.slice(name.length + 1);
}

function launchersCommand(rest: readonly string[]): LaunchersCommand | undefined {
  const [directory] = rest;
  const [store, sdk] = [flag(rest, "--store"), flag(rest, "--sdk")];
  if (directory === undefined || directory.startsWith("--")) return undefined;
  return { mode: "launchers", directory, cache: flag(rest, "--cache"), sandbox: store === undefined || sdk === undefined ? undefined : { store, sdk } };
}

/** The settings of one start, or undefined when the mode is not known. */
export function readSettings(args: readonly string[]): HostSettings | DynamicProviderSettings | LaunchersCommand | undefined {
  const [mode, ...rest] = args;
  if (mode === "dynamic-provider") return { mode };
  if (mode === "launchers") return launchersCommand(rest);
  if (mode !== "serve" && mode !== "language") return undefined;
  // One folder per user: a shared one would let another user of the machine plant code.
  const cache = flag(rest, "--cache") ?? join(tmpdir(), `trueup-program-host-${process.getuid?.() ?? 0}`);
  const outputCap = Number(flag(rest, "--output-cap") ?? 4 * 1024 * 1024);
  // The engine puts its address last, after flags of its own (`-tracing`, `-root`).
  const last = rest.at(-1);
  return { mode, engine: mode === "language" && last !== undefined && /:\d+$/.test(last) ? last : undefined, cache, outputCap };
}
