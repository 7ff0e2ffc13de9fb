import type { Window } from "../environments/index.ts";
import { shownWindows } from "./window-text.ts";
import { windowsOpen, type WindowAction } from "./windows.ts";

/** What windows say of one action at one time. Times are ISO 8601. */
export interface ExplainedAction {
  readonly action: WindowAction;
  readonly open: boolean;
  readonly reason: string;
  /** The windows that decide, as people say them: "Mon–Fri 08–17 Europe/Berlin". */
  readonly by: readonly string[];
  /** It is open though those are closed: they are not about it. */
  readonly passes?: true;
  readonly opensAt?: string;
  readonly closesAt?: string;
}

const actions: readonly WindowAction[] = ["apply", "drift", "rollback"];

/** Each action with what decides it. Raises ENVIRONMENT_INVALID for a window that cannot be read. Pure. */
export function explainWindows(windows: readonly Window[], at: Date): readonly ExplainedAction[] {
  return actions.map((action) => {
    const { open, reason, by, passes, opensAt, closesAt } = windowsOpen(windows, action, at);
    return {
      action,
      open,
      reason,
      by: shownWindows(by),
      ...(passes === undefined ? {} : { passes }),
      ...(opensAt === undefined ? {} : { opensAt: opensAt.toISOString() }),
      ...(closesAt === undefined ? {} : { closesAt: closesAt.toISOString() }),
    };
  });
}

/** The clock that an environment's people look at: that of its first window. */
export function zoneOf(windows: readonly Window[]): string {
  return windows[0]?.tz ?? "UTC";
}
