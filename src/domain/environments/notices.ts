import type { NoticeKind, NoticeTarget } from "./environment.ts";
import type { NoticeFile } from "./schema.ts";

/** What somebody has to look at. That all went well is told to who asks for it. */
const usual: readonly NoticeKind[] = ["failed", "drift", "refused"];

/** A target as it was written, which was checked: it is one of the two. */
export function noticeTarget({ webhook, secret, slack, channel, on = [...usual] }: NoticeFile): NoticeTarget {
  if (webhook !== undefined) return { kind: "webhook", url: webhook, secret: secret ?? "", on };
  return { kind: "slack", variable: slack ?? "", ...(channel === undefined ? {} : { channel }), on };
}
