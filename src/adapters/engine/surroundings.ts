import { officialHostFor, type ProgramHost } from "./language-host.ts";
import type { Located } from "./locate.ts";
import type { Satellites } from "./satellites.ts";

export interface SurroundingParts {
  readonly satellites: Satellites;
  readonly located: Pick<Located, "cli" | "officialHost">;
  readonly programHost: ProgramHost;
  readonly sandbox: boolean;
  readonly path: string;
}

/** What is run: whether there is a program, and whether policy packs judge it. */
export interface SurroundedRun {
  readonly operation: { readonly command: string; readonly program: boolean };
  readonly hasPacks: boolean;
}

export interface Surroundings {
  readonly flags: readonly string[];
  readonly more: Readonly<Record<string, string>>;
  readonly path: string;
}

/** Which language host and which providers a run gets. */
export async function surround(parts: SurroundingParts, { operation, hasPacks }: SurroundedRun): Promise<Surroundings> {
  const { satellites, located, programHost, sandbox } = parts;
  const official = officialHostFor(programHost, operation, located);
  const [host, providers, launchers] = await Promise.all([
    operation.program && official === undefined ? satellites.host() : undefined,
    satellites.providers(),
    satellites.launchers(),
  ]);
  const needsFile = operation.program && hasPacks;
  const ours = needsFile ? [launchers.language, launchers.dynamic] : [launchers.dynamic];
  const path = [...(official === undefined ? ours : [official]), parts.path].join(":");
  return {
    flags: host === undefined ? [] : ["--client", host],
    path,
    more: {
      ...(providers === undefined ? {} : { PULUMI_DEBUG_PROVIDERS: providers }),
      ...(sandbox ? { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" } : {}),
    },
  };
}
