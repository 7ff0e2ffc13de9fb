import type { Environment } from "../environments/index.ts";
import { overrideFor } from "./judge.ts";
import type { Override } from "./verdict.ts";
import { windowsOpen } from "./windows.ts";

/** By whose windows something goes back, and what a person permits. */
export interface BackQuestion {
  /** The rules that are live. */
  readonly rules: Pick<Environment, "windows" | "approvals">;
  /** For which `overrides` are asked. */
  readonly commit: string;
  readonly overrides: readonly Override[];
}

/**
 * What windows say of a way back.
 *
 * - `open`: `passes` says which closed window it passes, since that is not about rollbacks.
 * - `passed`: a window for rollbacks is closed, and a person let it pass.
 * - `closed`: nothing goes back before `opensAt` (undefined: not within four years), or before somebody lets it pass.
 */
export type WayBack =
  | { readonly kind: "open"; readonly passes: string | undefined }
  | { readonly kind: "passed"; readonly override: Override; readonly reason: string }
  | { readonly kind: "closed"; readonly reason: string; readonly opensAt: Date | undefined };

/** Whether something may go back now. Raises ENVIRONMENT_INVALID for windows that cannot be read. Pure. */
export function wayBack({ rules, commit, overrides }: BackQuestion, at: Date): WayBack {
  const { open, reason, opensAt, passes } = windowsOpen(rules.windows, "rollback", at);
  if (open) return { kind: "open", passes: passes === true ? reason : undefined };
  const override = overrideFor({ environment: rules, commit, overrides }, { kind: "window" });
  return override === undefined ? { kind: "closed", reason, opensAt } : { kind: "passed", override, reason };
}
