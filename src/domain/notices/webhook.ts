import { oneLine } from "../reports/index.ts";
import type { Notice } from "./decide.ts";
import { headline, longestTodo, longestWhat, mostTold } from "./words.ts";

/** Grows when a field goes or changes its meaning; a new field does not change it. */
const webhookVersion = 1;

/** The body of a webhook, as docs/notices.md describes it. Holds no time of sending: sent again it is the same. */
export function webhookBody(notice: Notice): string {
  const { id, environment, opened, resolved, good } = notice;
  return JSON.stringify({
    version: webhookVersion,
    id,
    environment,
    text: headline(notice),
    opened: opened.slice(0, mostTold).map(({ stack, kind, since, what, todo }) => ({
      stack: stack === "" ? null : stack,
      kind,
      since,
      what: oneLine(what, longestWhat),
      todo: oneLine(todo, longestTodo),
    })),
    resolved: resolved.slice(0, mostTold).map(({ stack, kind, since }) => ({ stack: stack === "" ? null : stack, kind, since })),
    leftOut: Math.max(0, opened.length - mostTold) + Math.max(0, resolved.length - mostTold),
    good: good === undefined ? null : { run: good.run, commit: good.commit, at: good.at, stacks: good.stacks.slice(0, 100) },
  });
}
