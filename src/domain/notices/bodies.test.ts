import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { hostileText } from "../reports/golden/hostile.ts";
import { slackBody, webhookBody, type Incident, type Notice } from "./index.ts";

const begun: Incident = {
  stack: "shop",
  kind: "drift",
  of: "x",
  since: "2026-11-21T08:00:00Z",
  what: "2 resources differ",
  todo: "See: trueup drift dev --stack shop",
};
const notice: Notice = {
  id: "trueup_0a1b",
  environment: "dev",
  opened: [begun, { ...begun, stack: "", kind: "refused", what: "0 of 1 approvals" }],
  resolved: [{ stack: "data", kind: "failed", of: "y", since: "2026-11-20T08:00:00Z" }],
  good: { run: "run-1", commit: "4f2c1d9aa", at: "2026-11-21T09:00:00Z", stacks: ["shop", "data"] },
};

const slack = z.object({
  text: z.string(),
  channel: z.string().optional(),
  blocks: z.array(z.object({ type: z.enum(["header", "section"]), text: z.object({ type: z.string(), text: z.string(), verbatim: z.boolean().optional() }) })),
});

describe("the body of a webhook", () => {
  it("says what began and what is over, in a form that has a version", () => {
    expect(JSON.parse(webhookBody(notice))).toEqual({
      version: 1,
      id: "trueup_0a1b",
      environment: "dev",
      text: "dev.shop has drifted, and 1 more; over: dev.data failed; dev is at 4f2c1d9",
      opened: [
        { stack: "shop", kind: "drift", since: "2026-11-21T08:00:00Z", what: "2 resources differ", todo: "See: trueup drift dev --stack shop" },
        { stack: null, kind: "refused", since: "2026-11-21T08:00:00Z", what: "0 of 1 approvals", todo: "See: trueup drift dev --stack shop" },
      ],
      resolved: [{ stack: "data", kind: "failed", since: "2026-11-20T08:00:00Z" }],
      leftOut: 0,
      good: { run: "run-1", commit: "4f2c1d9aa", at: "2026-11-21T09:00:00Z", stacks: ["shop", "data"] },
    });
  });

  it("counts what it leaves out", () => {
    const many = Array.from({ length: 45 }, (_, index) => ({ ...begun, stack: `s${index}` }));
    const body = JSON.parse(webhookBody({ ...notice, opened: many })) as { readonly opened: unknown[]; readonly leftOut: number };
    expect([body.opened.length, body.leftOut]).toEqual([20, 25]);
  });
});

describe("a message to Slack", () => {
  it("has a head line, a block per incident, what is over, and the channel that was asked for", () => {
    const { blocks, text, channel } = slack.parse(JSON.parse(slackBody(notice, "#ops")));
    expect(channel).toBe("#ops");
    expect(text).toBe("dev.shop has drifted, and 1 more; over: dev.data failed; dev is at 4f2c1d9");
    expect(blocks.map((block) => block.text.text)).toEqual([
      "🔴 dev.shop has drifted, and 1 more; over: dev.data failed; dev is at 4f2c1d9",
      "*dev.shop has drifted*: 2 resources differ\nSee: trueup drift dev --stack shop",
      "*dev was refused*: 0 of 1 approvals\nSee: trueup drift dev --stack shop",
      "*Over:*\ndev.data failed",
      "*dev* is at 4f2c1d9: shop, data (run run-1)",
    ]);
  });

  it("makes no link, mention or markup of others' words", () => {
    const what = "<!channel> <@U123|x> <https://evil.example|click> *bold* `code` ~no~ & @here";
    const { blocks } = slack.parse(JSON.parse(slackBody({ ...notice, opened: [{ ...begun, what }] })));
    const said = blocks[1]?.text;
    expect(said?.verbatim).toBe(true);
    expect(said?.text).not.toMatch(/[<>`~]|\*bold/);
    expect(said?.text).toContain("&lt;!channel&gt; &lt;@U123|x&gt;");
  });

  it("stays within Slack's limits whatever names and messages hold", () => {
    const incident = fc.record({ stack: hostileText, what: hostileText, todo: hostileText }).map((some): Incident => ({ ...begun, ...some }));
    fc.assert(
      fc.property(fc.array(incident, { maxLength: 60 }), fc.array(incident, { maxLength: 60 }), hostileText, (opened, resolved, environment) => {
        const { blocks, text } = slack.parse(
          JSON.parse(
            slackBody({
              ...notice,
              environment,
              opened,
              resolved,
              good: { run: environment, commit: environment, at: "", stacks: opened.map(({ stack }) => stack) },
            }),
          ),
        );
        expect(blocks.length).toBeLessThanOrEqual(50);
        expect(text.length).toBeLessThanOrEqual(5_000);
        for (const { type, text: said } of blocks) {
          expect(said.text.length).toBeGreaterThan(0);
          expect(said.text.length).toBeLessThanOrEqual(type === "header" ? 150 : 3_000);
        }
        const markup = blocks.filter(({ text: said }) => said.type === "mrkdwn").map(({ text: said }) => said.text);
        expect(markup.join("\n")).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
      }),
      { numRuns: 200, seed: 7 },
    );
  });
});
