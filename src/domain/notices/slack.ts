import { oneLine } from "../reports/index.ts";
import type { Notice } from "./decide.ts";
import type { Incident } from "./incidents.ts";
import { claimOf, headline, longestTodo, longestWhat, mostTold } from "./words.ts";

/** Slack refuses a header above 150 characters, a section above 3,000 and a message above 50 blocks; the whole is kept well below. */
const limits = { header: 150, section: 2_900, text: 1_000 };

const meaningful: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
/** With what Slack takes for emphasis and code, another character that looks like it. */
const alike: Readonly<Record<string, string>> = { "*": "\u2217", "`": "\u02cb", "~": "\u223c", _: "\u02cd" };

/**
 * Others' words as harmless mrkdwn: no link, mention (`<!channel>`, `<@U…>`) or markup comes of them. `max` counts before escaping. A block is
 * sent `verbatim`, so that a bare "@here" or an address is not made one either.
 */
export function mrkdwn(text: string, max: number): string {
  return oneLine(text, max)
    .replace(/[&<>]/g, (character) => meaningful[character] ?? "")
    .replace(/[*`~]|_(?=\W|$)|(?<=\W|^)_/g, (character) => alike[character] ?? "");
}

type Block = Readonly<Record<string, unknown>>;

function section(text: string): Block {
  return { type: "section", text: { type: "mrkdwn", text, verbatim: true } };
}

/** As many lines as fit, and how many do not. */
function listed(lines: readonly string[]): string {
  const shown: string[] = [];
  let units = 0;
  for (const line of lines) {
    units += line.length + 1;
    if (units > limits.section - 40 || shown.length === mostTold) break;
    shown.push(line);
  }
  return [...shown, ...(shown.length < lines.length ? [`… and ${lines.length - shown.length} more`] : [])].join("\n");
}

function begun(environment: string, { what, todo, ...key }: Incident): Block {
  return section(`*${mrkdwn(claimOf(environment, key), 140)}*: ${mrkdwn(what, longestWhat)}\n${mrkdwn(todo, longestTodo)}`);
}

/** What an incoming webhook of Slack takes. */
export function slackBody(notice: Notice, channel?: string): string {
  const { environment, opened, resolved, good } = notice;
  const mark = opened.length > 0 ? "🔴" : "✅";
  const blocks: Block[] = [{ type: "header", text: { type: "plain_text", text: oneLine(`${mark} ${headline(notice)}`, limits.header), emoji: true } }];
  blocks.push(...opened.slice(0, mostTold).map((one) => begun(environment, one)));
  if (opened.length > mostTold) blocks.push(section(`… and ${opened.length - mostTold} more. See: trueup status ${mrkdwn(environment, 60)}`));
  if (resolved.length > 0) blocks.push(section(`*Over:*\n${listed(resolved.map((one) => mrkdwn(claimOf(environment, one), 140)))}`));
  if (good !== undefined) {
    const stacks = listed([
      good.stacks
        .slice(0, mostTold)
        .map((stack) => mrkdwn(stack, 60))
        .join(", "),
    ]);
    blocks.push(
      section(`*${mrkdwn(environment, 60)}* is at ${mrkdwn(good.commit.slice(0, 7), 7)}${stacks === "" ? "" : `: ${stacks}`} (run ${mrkdwn(good.run, 80)})`),
    );
  }
  return JSON.stringify({ text: mrkdwn(headline(notice), limits.text), blocks, ...(channel === undefined ? {} : { channel }) });
}
