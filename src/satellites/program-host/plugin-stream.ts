import type languagePb from "@pulumi/pulumi/proto/language_pb.js";
import type { Children } from "./children.ts";
import type { HostSettings } from "./settings.ts";
import type { Words } from "./words.ts";

export interface PluginSurroundings {
  readonly settings: HostSettings;
  readonly children: Children;
}

export interface PluginStream {
  readonly request: languagePb.RunPluginRequest;
  readonly words: Words;
  /** Aborted when the engine wants no more of it. */
  readonly stopped: AbortSignal;
}

/** "NAME=value" lines as an object; a variable without "=" has no value. */
export function variablesOf(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf("=");
      return at < 0 ? [line, ""] : [line.slice(0, at), line.slice(at + 1)];
    }),
  );
}
