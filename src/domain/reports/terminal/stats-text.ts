import { statsDefinitions, type DeliveryStats, type Times } from "../../audit/index.ts";
import { amount, duration } from "../text/amount.ts";
import { grid } from "./columns.ts";
import { drawn, painter, type Look } from "./look.ts";

function timesText({ count, medianMs, p90Ms }: Times, of: string): string {
  if (medianMs === undefined || p90Ms === undefined) return "–";
  return `median ${duration(medianMs)}, p90 ${duration(p90Ms)} (${amount(count, of)})`;
}

function rows({ deployments, leadTime, failures, restore, refused, cancelled }: DeliveryStats): readonly (readonly string[])[] {
  const share = failures.rate === undefined ? "–" : `${(failures.rate * 100).toFixed(1)} % (${failures.failed} of ${amount(failures.attempts, "apply")})`;
  const unknown = leadTime.unknown === 0 ? "" : `; ${amount(leadTime.unknown, "commit")} whose time git no longer tells`;
  const open = restore.open === 0 ? "" : `; ${restore.open} not good yet`;
  const besides = [refused > 0 ? `${refused} refused` : "", cancelled > 0 ? `${cancelled} cancelled` : ""].filter((part) => part !== "").join(", ");
  return [
    ["deployment frequency", `${deployments.perDay.toFixed(deployments.perDay < 1 ? 2 : 1)} a day (${deployments.count})`],
    ["lead time", `${timesText(leadTime, "commit")}${unknown}`],
    ["failure rate", `${share.replace("applys", "applies")}${besides === "" ? "" : `; besides: ${besides}`}`],
    ["time to restore", `${timesText(restore, "time")}${open}`],
  ];
}

/** The four numbers of each environment, and once what they mean. */
export function statsText(all: readonly DeliveryStats[], look: Look): string {
  const paint = painter(look);
  const tables = all.flatMap((stats) => [
    paint.bold(`${stats.environment}  ${stats.since.slice(0, 16)}Z to ${stats.until.slice(0, 16)}Z`),
    ...grid(rows(stats), [22, Infinity]).map((line) => `  ${line}`),
  ]);
  const words = [
    ["deployment frequency", statsDefinitions.deployments],
    ["lead time", statsDefinitions.leadTime],
    ["failure rate", statsDefinitions.failures],
    ["time to restore", statsDefinitions.restore],
  ] as const;
  return drawn([...tables, "", ...grid(words, [22, Infinity]).map((line) => paint.dim(line))].join("\n"), look);
}
