import { Problem } from "../../base/problem/index.ts";
import type { Located } from "./locate.ts";

export type ProgramHost = "auto" | "pulumi" | "trueup";

/**
 * Folder of the official language host where a run uses it, undefined where it uses ours. `auto` applies with the official one where it is
 * installed, because it is what plain pulumi uses, and ours stands in for it; `pulumi` insists on it for every program. Raises ENGINE_MISSING.
 */
export function officialHostFor(
  programHost: ProgramHost,
  operation: { readonly command: string; readonly program: boolean },
  { cli, officialHost }: Pick<Located, "cli" | "officialHost">,
): string | undefined {
  if (programHost === "trueup" || (programHost === "auto" && operation.command !== "up")) return undefined;
  if (programHost === "auto" || officialHost !== undefined || !operation.program) return officialHost;
  throw new Problem("ENGINE_MISSING", {
    what: 'engine.programHost is "pulumi", and no pulumi-language-nodejs is beside the CLI or on PATH',
    on: cli,
    todo: 'Install Pulumi\'s own release, which brings it, or set engine.programHost to "auto".',
  });
}
