/** Change sets as an enemy would write them, and a reader that checks what became of them. Only tests import this. */
import * as fc from "fast-check";
import type { Operation, PropertyChange, ResourceChange, Shown } from "../../changes/index.ts";

const atoms = [
  "`", "```", "`````", "~~~", "|", "\\|", "<details>", "</details>", "<summary>", "<!--", "-->", "<script>alert(1)</script>", "<img src=x>", "@ann", "@acme/platform", "#123", "GH-9",
  "!7", "\u001b[31m", "\u001b]0;title\u0007", "\u009b2J", "\u202e", "\u2066", "\u200b", "\ufeff", "\u{e0041}", "\n", "\r\n", "\r", "\u2028", "\u0085", "\ud800", "\udc00", "\0", "\t", "**", "__", "[x](https://evil.example)",
  "https://github.com/a/b/issues/1", "# title", "- item", "+ item", "1. item", "| --- | --- |", "@@", "@@ x @@", "word", "日本", "🙂", "e\u0301", "&lt;", "&#64;ann", "…", "/close", "and 7 more resources left out for size",
];

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.array(fc.constantFrom(...atoms), { maxLength: 12 }).map((parts) => parts.join("")) },
  { weight: 2, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
  { weight: 1, arbitrary: fc.constantFrom(...atoms).chain((atom) => fc.integer({ min: 1, max: 3000 }).map((times) => atom.repeat(times))) },
);

const json = fc.oneof({ weight: 5, arbitrary: hostileText }, fc.integer(), fc.boolean(), fc.constant(null), fc.array(hostileText, { maxLength: 4 }), fc.dictionary(hostileText, hostileText, { maxKeys: 4 }));
const shown: fc.Arbitrary<Shown> = fc.oneof(
  { weight: 4, arbitrary: json.map((value): Shown => ({ kind: "plain", value })) },
  fc.constantFrom<Shown>({ kind: "secret" }, { kind: "unknown" }, { kind: "absent" }),
);

const property: fc.Arbitrary<PropertyChange> = fc.record({ path: hostileText, before: shown, after: shown, replaces: fc.boolean(), guessed: fc.boolean() });
const operation = fc.constantFrom<Operation>("create", "update", "replace", "delete", "read", "import");

export const hostileResource: fc.Arbitrary<ResourceChange> = fc.record(
  { urn: hostileText, type: hostileText, name: hostileText, operation, properties: fc.array(property, { maxLength: 5 }), protected: fc.boolean(), stateful: fc.boolean(), source: hostileText },
  { requiredKeys: ["urn", "type", "name", "operation", "properties", "protected", "stateful"] },
);

/** What a Markdown reader would find: throws when something is not closed, a table is torn or text by others came alive. */
export function readComment(markdown: string): { readonly prose: string; readonly resources: number } {
  const forbidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.exec(markdown.replaceAll("\n", ""));
  if (forbidden !== null) throw new Error(`control character ${JSON.stringify(forbidden[0])}`);
  let open: string | undefined;
  let language = "";
  let depth = 0;
  let times = 1;
  let resources = 0;
  let cells = 0;
  const prose: string[] = [];
  for (const line of markdown.split("\n")) {
    const ticks = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line);
    if (open !== undefined) {
      if (ticks?.[1] !== undefined && ticks[1].startsWith(open) && ticks[2]?.trim() === "") open = undefined;
      else if (language === "text") continue;
      else if (line.startsWith("@@ ")) resources += times;
      else if (!/^[-+!#] /.test(line)) throw new Error(`no mark: ${line.slice(0, 80)}`);
      continue;
    }
    if (ticks?.[1] !== undefined) {
      if (!["diff", "text"].includes(ticks[2] ?? "")) throw new Error(`a fence by others: ${line.slice(0, 80)}`);
      open = ticks[1];
      language = ticks[2] ?? "";
      continue;
    }
    if (/^<!-- trueup(-data)?:[\w.:/=+%-]* -->$/.test(line)) continue;
    const text = line.replace(/(?<!`)(`+)(?!`)(.*?[^`])\1(?!`)/g, "");
    for (const [tag] of text.matchAll(/<\/?[a-zA-Z!?][^>]*>?/g)) {
      if (tag === "<details>") {
        depth += 1;
        times = Number(/ in ([\d,]+) stacks \(/.exec(text)?.[1]?.replaceAll(",", "") ?? 1);
      } else if (tag === "</details>") {
        depth -= 1;
        times = 1;
      } else if (!["<summary>", "</summary>", "<b>", "</b>"].includes(tag)) throw new Error(`HTML by others: ${tag}`);
      if (depth < 0 || depth > 1) throw new Error("folds are not balanced");
    }
    if (line.startsWith("- `")) resources += times;
    const said = /^… and ([\d,]+) more resources? left out|^\*\*Left out for size:\*\* ([\d,]+) resource/.exec(line);
    if (said !== null) resources += Number((said[1] ?? said[2] ?? "").replaceAll(",", "")) * times;
    if (line.startsWith("|")) {
      const count = text.replace(/\\\|/g, "").split("|").length;
      if (cells !== 0 && cells !== count) throw new Error(`torn table: ${line.slice(0, 120)}`);
      cells = count;
    } else cells = 0;
    // Where a line may begin: our own words and marks. Anything else could be a heading, list, quote or quick action by others.
    if (!/^($|#{3,4} [🔴🟡⚪⚠️⛔✅⏳\p{L}]|\*\*|<\/?details>|\||… |- [`⛔⏳⚠️…\p{L}&]|\p{L}|\d)/u.test(line) || /^\d+[.)] /.test(line)) throw new Error(`begins by others: ${line.slice(0, 80)}`);
    prose.push(text);
  }
  if (open !== undefined) throw new Error("a fence is not closed");
  if (depth !== 0) throw new Error("a fold is not closed");
  const alive = /(?<![\w&])@[\w-]|(?<![\w&])#\d|\bGH-\d|\]\(|\w:\/\//i.exec(prose.join("\n"));
  if (alive !== null) throw new Error(`came alive: ${prose.join("\n").slice(Math.max(0, alive.index - 40), alive.index + 40)}`);
  return { prose: prose.join("\n"), resources };
}
