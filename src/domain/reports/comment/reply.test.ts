import { describe, expect, it } from "vitest";
import { verbNames } from "../../conversation/index.ts";
import { helpText, isReplyTo, replyComment, replyMarker, terminalBlock, type Answer, type Reply } from "./reply.ts";

const reply = (answers: readonly Answer[], more: Partial<Reply> = {}): string =>
  replyComment({ comment: "42", to: "eve", answers, left: 0, units: 60_000, ...more });

describe("the reply to a comment", () => {
  it("names who asked, every command and what became of it", () => {
    const text = reply([
      { line: 1, command: "/trueup apply", kind: "done", environment: "prod", says: "4f2c1d9 applied to shop" },
      { line: 2, command: "/trueup aply", kind: "refused", what: 'there is no command "aply"', todo: 'Did you mean "apply"?' },
      { line: 3, command: "/trueup drift", kind: "failed", environment: "prod", says: "the forge cannot be reached" },
    ]);
    expect(text).toBe(
      [
        "<!-- trueup:reply:42 -->\n@eve",
        "✅ `/trueup apply` · prod\n4f2c1d9 applied to shop",
        '⛔ `/trueup aply`\nthere is no command "aply". Did you mean "apply"?',
        "❌ `/trueup drift` · prod\nthe forge cannot be reached",
      ].join("\n\n"),
    );
    expect(text.startsWith(replyMarker("42"))).toBe(true);
  });

  it("prints hostile text as plain text: no mention, link, HTML, fence or hidden end of its marker", () => {
    const nasty = "@all #1 <img src=x> [a](javascript:b) ``` --> \u202e\n\n# big";
    const text = reply([{ line: 1, command: `/trueup ${nasty}`, kind: "refused", what: `there is no command "${nasty}"`, todo: nasty }], {
      to: "eve --> @all",
    });
    const shown = text.replaceAll(/(`+) ?\/trueup[^\n]*?\1(?!`)/g, "");
    expect(shown).not.toMatch(/@all|<img|\]\(|```|\u202e|^# big/m);
    expect(text.split("\n").filter((line) => line.includes("big"))).toHaveLength(2);
    expect(text.split("\n")[1]).toBe("@eve--all");
    expect(replyMarker("1 --> <b>").slice(4, -3)).not.toMatch(/--|[<>]/);
  });

  it("fits, leaving out reports and saying so, and says how many lines were not read", () => {
    const answers = [1, 2, 3].map((line): Answer => ({
      line,
      command: "/trueup status",
      kind: "done",
      environment: "prod",
      says: "shown below",
      markdown: "x".repeat(900),
    }));
    const text = reply(answers, { units: 1_600, left: 390 });
    expect(text.length).toBeLessThanOrEqual(1_600);
    expect(text.match(/too long for a comment/g)).toHaveLength(2);
    expect(text).toContain("x".repeat(900));
    expect(text).toContain("390 more lines of commands were not read");
    expect(reply(answers.slice(0, 1))).not.toContain("too long");
  });

  it("shows what a terminal shows in a fence that nothing in it can end", () => {
    expect(terminalBlock("\u001b[31mred\u001b[0m\n```\n@all\n\n")).toBe("````text\nred\n```\n@all\n````");
  });

  it("is one of those who look after what it names: theirs, and nobody else's; one that names nothing is everybody's", () => {
    const body = `${replyMarker("4", ["a--b", "dev"])}\n@eve`;
    expect([["dev"], ["a--b", "lab"], ["prod"], [], undefined].map((own) => isReplyTo("4", body, own))).toEqual([true, true, false, false, false]);
    expect([isReplyTo("42", body, ["dev"]), isReplyTo("4", `${replyMarker("42", ["dev"])}\n`, ["dev"])]).toEqual([false, false]);
    expect(isReplyTo("4", `${replyMarker("4")}\n@eve`, ["dev"])).toBe(true);
  });

  it("has every command in its help", () => {
    for (const verb of verbNames) expect(helpText()).toContain(`/trueup ${verb}`);
  });
});
