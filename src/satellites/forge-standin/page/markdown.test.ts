import * as fc from "fast-check";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { hostileText } from "../../../domain/reports/golden/hostile.ts";
import { rendered } from "./markdown.ts";

const show = (text: string): string => rendered(text).text.replaceAll(/\n+/g, "\n").trim();

/** Tags in the order in which they stand, as a parser of HTML meets them; text is not looked at. */
const tagsOf = (text: string): readonly string[] => [...text.matchAll(/<\/?[a-z][^>]*>/gi)].map(([tag]) => tag);

const known =
  /^<(?:\/?(?:b|strong|i|em|code|del|sub|sup|kbd|summary|details|p|h[1-6]|ul|ol|li|blockquote|table|thead|tbody|tr|td|th|div|pre|span|a)|br|hr|details open|(?:td|th) class="(?:right|center)"|div class="table"|pre class="code [\w-]*"|span class="(?:plus|minus|change|note|hunk|same)"|li class="task"|input type="checkbox" disabled(?: checked)?|a href="[^"]*" rel="nofollow noreferrer noopener")>$/;
const alone = /^<(?:br|hr|input)\b/;

/** What would make a browser build another tree than the one that is written: an unknown tag, or one that is not closed where it was opened. */
function unsound(text: string): string | undefined {
  const open: string[] = [];
  for (const tag of tagsOf(text)) {
    if (!known.test(tag)) return `unknown ${tag}`;
    const name = /[a-z][a-z0-9]*/i.exec(tag)?.[0] ?? "";
    if (tag.startsWith("</")) {
      if (open.pop() !== name) return `stray ${tag}`;
    } else if (!alone.test(tag)) open.push(name);
  }
  return open.length === 0 ? undefined : `open ${open.join(" ")}`;
}

describe("a comment as a person sees it", () => {
  test.each([
    [
      "a table, its cells with code and a pipe",
      "| a | b |\n|---|--:|\n| `x` | 1\\|2 |",
      /<th>a<\/th><th class="right">b<\/th>.*<td><code>x<\/code><\/td><td class="right">1\|2<\/td>/,
    ],
    [
      "a fold with Markdown in it",
      "<details><summary>🔴 <b>prod</b>: 1</summary>\n\n**x**\n\n</details>",
      /<details><summary>🔴 <b>prod<\/b>: 1<\/summary>\n<p><strong>x<\/strong><\/p>\n<\/details>/,
    ],
    [
      "a diff in colours",
      "```diff\n@@ a @@\n- b\n+ c\n! d\n```",
      /<span class="hunk">@@ a @@\n<\/span><span class="minus">- b\n<\/span><span class="plus">\+ c\n<\/span><span class="change">! d/,
    ],
    ["a longer fence around a shorter one", "````text\n```\nx\n````\ny", /<code>```\nx<\/code><\/pre>\n<p>y<\/p>/],
    [
      "a task that is done and one that is not",
      "- [x] a\n- [ ] b",
      /<li class="task"><input type="checkbox" disabled checked> a<\/li><li class="task"><input type="checkbox" disabled> b<\/li>/,
    ],
    ["two lists with an empty line between them are one", "- a\n\n- b", /^<ul><li>a<\/li><li>b<\/li><\/ul>$/],
    ["lines of a paragraph stay lines", "a\nb", /<p>a<br>\nb<\/p>/],
    ["a hidden line", "<!-- trueup:preview -->\n### x", /^<h3>x<\/h3>$/],
    ["a link to the web", "[x](https://a.example/b)", /<a href="https:\/\/a.example\/b" rel="[^"]+">x<\/a>/],
    ["entities", "@&#8203;acme &lt;b&gt;", /<p>@&#8203;acme &lt;b&gt;<\/p>/],
  ])("%s", (_says, text, expected) => {
    expect(show(text)).toMatch(expected);
  });

  test.each([
    ["a script", "<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"],
    ["a picture with a handler", "<img src=x onerror=alert(1)>", "<p>&lt;img src=x onerror=alert(1)&gt;</p>"],
    ["a link that is a script", "[x](javascript:alert`1`)", "<p>x (javascript:alert`1`)</p>"],
    [
      "a link out of its attribute",
      '[x](https://a"onmouseover="b)',
      '<p><a href="https://a&quot;onmouseover=&quot;b" rel="nofollow noreferrer noopener">x</a></p>',
    ],
    ["a fold that nobody opened", "</details>", "&lt;/details&gt;"],
    ["a tag with attributes", '<b onclick="x">y</b>', "<p>&lt;b onclick=&quot;x&quot;&gt;y&lt;/b&gt;</p>"],
    ["text that turns around", "a\u202eb", "<p>a⟨U+202E⟩b</p>"],
  ])("%s is text", (_says, text, expected) => {
    expect(show(text)).toBe(expected);
  });

  test("whatever people write, the page around it stays as it is", () => {
    const blocks = fc.array(
      fc.oneof(hostileText, fc.constantFrom("<details><summary>", "```diff", "| a | b |\n|---|---|", "> ", "- ", "**", "<b>", "</b>", "</p>", "[a](", "\n\n")),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(blocks, fc.constantFrom("", "\n", "\n\n"), (parts, between) => {
        expect(unsound(rendered(parts.join(between)).text)).toBeUndefined();
      }),
      { numRuns: 150 },
    );
  });

  test("a long run of ticks that nothing ends is text, at once", () => {
    const began = performance.now();
    expect(show(`x ${"`".repeat(1_500)} a\n${"text ".repeat(300)}`)).toContain("text text");
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  test("the reader of pages sees what is unsound", () => {
    expect(["<p>", "<p></b></p>", "<script></script>", '<a href="x" onclick="y"></a>', "<p>a<br></p>"].map((text) => unsound(text) === undefined)).toEqual([
      false,
      false,
      false,
      false,
      true,
    ]);
  });

  test.each(["preview-several.md", "apply-failed.md", "drift.md", "preview-too-large.md"])(
    "%s is shown with everything closed and no Markdown left over",
    (name) => {
      const shown = rendered(readFileSync(new URL(`../../../domain/reports/golden/${name}`, import.meta.url), "utf8")).text;
      expect(unsound(shown)).toBeUndefined();
      const prose = shown.replaceAll(/<(?:pre|code)\b[\s\S]*?<\/(?:pre|code)>/g, "");
      expect(prose).not.toMatch(/\*\*|^#{1,6} |\|---|&lt;(?:details|summary|b)&gt;/m);
    },
  );
});
