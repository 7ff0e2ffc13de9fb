import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mostCommands, parseComment, printCommand, type ParsedComment } from "./parse.ts";
import { verbNames, verbs, type Command } from "./verbs.ts";

const commandsOf = (parsed: ParsedComment): readonly Command[] => parsed.lines.flatMap((line) => (line.kind === "command" ? [line.command] : []));
const verbsIn = (body: string): readonly string[] => commandsOf(parseComment(body)).map(({ verb }) => verb);
const refusalIn = (body: string): string =>
  parseComment(body)
    .lines.map((line) => (line.kind === "refused" ? `${line.what}. ${line.todo}` : "run"))
    .join("\n");

describe("a comment's commands", () => {
  it("are lines of their own, with flags and one quoted text", () => {
    const body =
      'Looks good to me.\r\n/trueup drift --env prod --env dev --env prod --stack shop\r\n\r\nand\r/trueup lock "until noon" --env prod\n/trueup drift --fix';
    expect(commandsOf(parseComment(body))).toEqual([
      { verb: "drift", environments: ["prod", "dev"], stack: "shop" },
      { verb: "lock", environments: ["prod"], text: "until noon" },
      { verb: "drift", environments: [], fix: true },
    ]);
    expect(parseComment(body).lines.map(({ line }) => line)).toEqual([2, 5, 6]);
  });

  it.each([
    ["inside a sentence", "please /trueup apply"],
    ["indented", " /trueup apply"],
    ["behind an invisible character", "\u200b/trueup apply"],
    ["behind a byte order mark", "\ufeff/trueup apply"],
    ["in look-alike letters", "/tru\u0435up apply"],
    ["with a fullwidth slash", "\uff0ftrueup apply"],
    ["as a longer word", "/trueups apply"],
    ["as a path", "/trueup/apply"],
    ["in a fence", "```\n/trueup apply\n```"],
    ["in a fence of tildes that back-ticks do not end", "~~~sh\n```\n/trueup apply\n~~~"],
    ["in a longer fence", "````\n```\n/trueup apply\n````"],
    ["in a fence that nobody ended", "```\n\n/trueup apply"],
    ["in a quote", "> /trueup apply"],
    ["in a quote in a list", "- > /trueup apply"],
    ["in inline code", "`/trueup apply`"],
    ["in an HTML comment", "<!-- hidden\n\n/trueup apply\n-->"],
    ["in a comment that nobody ended", "see <!--\n\n/trueup apply"],
    ["in preformatted HTML", "<pre>\n/trueup apply\n</pre>"],
    ["in quoted HTML, two deep", "<blockquote><blockquote>a</blockquote>\n/trueup apply\n</blockquote>"],
    ["behind the end of a hidden text", "<!-- a\n--> /trueup apply"],
  ])("are not read %s", (_, body) => {
    expect(parseComment(body)).toEqual({ lines: [], left: 0 });
  });

  it.each([
    ["below a quote", "> why not\n/trueup apply", /below a quote/],
    ["in a code span over lines", "see `this\n/trueup apply\n`", /back-tick/],
    ["in a code span after an escaped back-tick", "\\` a `b\n/trueup apply\n`", /back-tick/],
    ["in a tag's attribute", '<a title="\n/trueup apply\n">x</a>', /HTML tag/],
    ["in a tag's attribute that holds >", '<a title=">\n/trueup apply\n">x</a>', /HTML tag/],
    ["in a link's title", '[x](y "\n/trueup apply\n")', /link above/],
    ["in a link definition's title", '[x]: y "\n/trueup apply\n"', /link definition/],
    ["below an indented fence that a line left", "- a\n  ```\nb\n  ```\n/trueup apply\n```", /code block above/],
    ["in a fence that a deeper one does not end", "  ```\n      ```\n/trueup apply\n  ```", /code block above/],
  ])("are refused in words, not run, where readers may not see them: %s", (_, body, says) => {
    expect(verbsIn(body)).toEqual([]);
    expect(refusalIn(body)).toMatch(says);
  });

  it.each([
    "```\nx\n```\n/trueup apply",
    "> q\n\n/trueup apply",
    "`a` and ``b ` c``\n/trueup apply",
    "<!-- x -->\n/trueup apply",
    "use `<pre>` here\n/trueup apply",
    "- ```\n  x\n  ```\n/trueup apply",
    "a < b > c\n/trueup apply",
    "<https://x.example>\n/trueup apply",
  ])("are read after what ended above them: %j", (body) => {
    expect(verbsIn(body)).toEqual(["apply"]);
  });

  it.each([
    ["/trueup aply", /no command "aply"\. Did you mean "apply"\?/],
    ["/trueup APPLY", /Did you mean "apply"\?/],
    ["/trueup", /names no command/],
    ["/trueup apply --evn prod", /no flag "--evn"\. Did you mean "--env"\?/],
    ["/trueup apply --env=prod", /Write: --env prod/],
    ["/trueup apply —env prod", /two plain hyphens/],
    ["/trueup drift --force", /drift takes --env, --stack, --fix/],
    ["/trueup apply --env", /--env wants a name, not nothing/],
    ["/trueup apply --env Prod", /--env wants a name, not "Prod"/],
    [`/trueup apply --env ${"a".repeat(41)}`, /at most 40/],
    ["/trueup apply --env pr\u200bod", /invisible character U\+200B/],
    ["/trueup apply --env pr\u043ed", /--env wants a name/],
    ["/trueup\u00a0apply", /blank U\+00A0/],
    ["/trueup apply prod", /Is it an environment\? \/trueup apply --env prod/],
    ["/trueup drift --stack a --stack b", /--stack is given twice/],
    ["/trueup approve --stack a", /no flag "--stack"/],
    ["/trueup help --env prod", /help takes no flags/],
    ["/trueup apply --fix", /no flag "--fix"/],
    ["/trueup lock", /lock wants to know why/],
    ['/trueup lock ""', /empty/],
    ['/trueup lock "a" "b"', /two texts/],
    ['/trueup lock "a', /quotes .* do not fit/],
    ['/trueup lock "a"b', /quotes .* do not fit/],
    ["/trueup lock “a”", /no plain quote/],
    [`/trueup lock "${"a".repeat(301)}"`, /more than 300/],
    [`/trueup lock "${"a".repeat(1_000)}"`, /more than 1000/],
    ['/trueup apply "now"', /apply takes no text/],
    ["/trueup adopt", /adopt wants --stack\. Write: \/trueup adopt --stack shop$/],
    ["/trueup adopt --stack a --finding web", /--finding wants the id of a finding, not "web"/],
    ["/trueup adopt --stack a --finding 3fa9c1d2 --finding 3fa9c1d3", /--finding is given twice/],
    ['/trueup adopt "x" --stack a', /adopt takes no text/],
    ["/trueup drift --finding 3fa9c1d2", /no flag "--finding"/],
    ["/trueup ignore --stack a --finding 3fa9c1d2 --until 2026-12-01", /ignore wants to know why/],
    ['/trueup ignore "x" --stack a --until 2026-12-01', /ignore wants --finding\. Write: .*--finding 3fa9c1d2 --until 2026-12-01$/],
    ['/trueup ignore "x" --stack a --finding 3fa9c1d2', /ignore wants --until/],
    ['/trueup ignore "x" --stack a --finding 3fa9c1d2 --until tomorrow', /--until wants a date, not "tomorrow"/],
    ['/trueup ignore "x" --stack a --finding 3fa9c1d2 --until', /--until wants a date, not nothing/],
  ])("are refused in words: %s", (body, says) => {
    expect(verbsIn(body)).toEqual([]);
    expect(refusalIn(body)).toMatch(says);
  });

  it("are at most five; the others are refused, and of very many only the number is told", () => {
    const parsed = parseComment(Array.from({ length: 400 }, () => "/trueup status").join("\n"));
    expect(commandsOf(parsed)).toHaveLength(mostCommands);
    expect(parsed.lines).toHaveLength(10);
    expect(parsed.left).toBe(390);
    expect(parsed.lines[5]).toMatchObject({ kind: "refused", what: "a comment gives at most 5 commands" });
  });
});

const nastyPieces = [
  "/trueup",
  "\n/trueup ",
  "\r\n",
  "\n\n",
  "`",
  "```\n",
  "~~~",
  ">",
  "<!--",
  "-->",
  "<pre>",
  "</pre>",
  '<a b="',
  '"',
  "](",
  ")",
  "- ",
  "    ",
  "\t",
  "apply",
  " --env prod",
  "\\",
  "\u200b",
  "\u{1f600}",
  "\ud800",
  "x",
];
const nasty = fc.array(fc.oneof(fc.constantFrom(...nastyPieces), fc.string()), { maxLength: 40 }).map((pieces) => pieces.join(""));
const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,39}$/);
const reason = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 60 })
  .filter((text) => text.trim() !== "" && !/["\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]|(?! )\p{Zs}/u.test(text));

const command: fc.Arbitrary<Command> = fc
  .record({
    verb: fc.constantFrom(...verbNames),
    environments: fc.uniqueArray(name, { maxLength: 4 }),
    stack: fc.option(name),
    text: reason,
    said: fc.boolean(),
    fix: fc.boolean(),
    finding: fc.stringMatching(/^[0-9a-f]{8}$/),
    until: fc.stringMatching(/^\d{4}-\d{2}-\d{2}$/),
  })
  .map(({ verb, environments, stack, text, said, fix, finding, until }) => ({
    verb,
    environments: verbs[verb].environments === "none" ? [] : environments,
    ...(verb === "adopt" || verb === "ignore" ? { stack: stack ?? "shop" } : verbs[verb].stack && stack !== null ? { stack } : {}),
    ...(verb === "ignore" || (verb === "adopt" && said) ? { finding } : {}),
    ...(verb === "ignore" ? { until } : {}),
    ...(verbs[verb].text === "needed" || (verbs[verb].text === "optional" && said) ? { text } : {}),
    ...(verb === "drift" && fix ? { fix: true as const } : {}),
  }));

describe("the grammar, whatever is written", () => {
  it("never throws, and gives a command only for a line that begins with /trueup", () => {
    fc.assert(
      fc.property(nasty, (body) => {
        const parsed = parseComment(body);
        const lines = body.split(/\r\n|\n|\r/);
        expect(parsed.lines.every(({ line }) => lines[line - 1]?.startsWith("/trueup"))).toBe(true);
        expect(commandsOf(parsed).length).toBeLessThanOrEqual(mostCommands);
      }),
      { seed: 4, numRuns: 3_000 },
    );
  });

  it("reads back what it prints, also among other text", () => {
    fc.assert(
      fc.property(command, (one) => {
        expect(commandsOf(parseComment(printCommand(one)))).toEqual([one]);
        expect(commandsOf(parseComment(`> earlier\n\nwell,\r\n${printCommand(one)}\r\nthanks`))).toEqual([one]);
        expect(commandsOf(parseComment(`\`\`\`\n${printCommand(one)}\n\`\`\``))).toEqual([]);
      }),
      { seed: 4, numRuns: 1_000 },
    );
  });

  it.each([...nastyPieces, "<pre><pre>", "`a``", '/trueup lock "a', "/trueup xxxxxxxxxxxxxxxxxxxxx\n", '<a b="c>', "- - ", "\\`"])(
    "takes time in proportion to the length: %j",
    (piece) => {
      const timeOf = (units: number): number => {
        const body = `/trueup status\n${piece.repeat(Math.ceil(units / piece.length))}`;
        const times = [1, 2, 3].map(() => {
          const began = performance.now();
          parseComment(body);
          return performance.now() - began;
        });
        return Math.min(...times);
      };
      timeOf(10_000);
      // Four times as long: a quadratic reader takes sixteen times as long, and minutes for this.
      expect(timeOf(800_000)).toBeLessThan(Math.max(1_000, timeOf(200_000) * 12));
    },
  );
});
