import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { configLiterals, inPlaceOf, jsonLiterals, scriptLiterals } from "./literals.ts";

const moved = (before: string | number | boolean, after: string | number | boolean): { before: typeof before; after: typeof after } => ({ before, after });
const places = (found: readonly { readonly where: string; readonly from: string; readonly to: string }[]): string[] =>
  found.map(({ where, from, to }) => `${where}: ${from} → ${to}`);

describe("what stands in place of a leaf", () => {
  it("is the live value, of the leaf's own kind", () => {
    expect([inPlaceOf("small", moved("small", "huge")), inPlaceOf(1, moved(1, 2)), inPlaceOf(true, moved(true, false))]).toEqual(["huge", 2, false]);
    expect([inPlaceOf(1, moved("1", "3")), inPlaceOf("8", moved(8, 9)), inPlaceOf(true, moved("true", "false"))]).toEqual([3, "9", false]);
  });

  it("is nothing where the leaf is another value, or its kind cannot hold the live one", () => {
    for (const [leaf, before, after] of [
      ["small", "large", "huge"],
      [1, "1", "three"],
      [1, "1", "3.0"],
      [true, "true", "yes"],
      [1, 1, "2"],
    ] as const)
      expect(inPlaceOf(leaf, moved(before, after))).toBeUndefined();
  });
});

describe("literals of values.json", () => {
  const text = '{\n\t"app": { "replicas": 1, "tier": "small" }, // no\n}';
  const values = '{\n\t"machines": { "tier": "small" },\n\t"app": { "size": "small",  "replicas": 1, "list": ["small"] }\n}\n';

  it("are found with their path, the one that is called like the property first, and nothing else of the file is touched", () => {
    const found = jsonLiterals(values, moved("small", 'hu"ge'), "data.size");
    expect(places(found)).toEqual(['app.size: "small" → "hu\\"ge"', 'machines.tier: "small" → "hu\\"ge"', 'app.list.0: "small" → "hu\\"ge"']);
    expect(found[0]?.text).toBe(values.replace('"size": "small"', '"size": "hu\\"ge"'));
  });

  it("are none in a file that is no JSON", () => expect(jsonLiterals(text, moved("small", "huge"), "tier")).toEqual([]));

  it("change exactly one leaf, whatever the file holds", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), fc.string(), (value, after) => {
        const file = JSON.stringify({ value, here: "before-1" }, undefined, 2);
        const [literal] = jsonLiterals(file, moved("before-1", after), "here").filter(({ where }) => where === "here");
        expect(JSON.parse(literal?.text ?? "null")).toEqual(JSON.parse(JSON.stringify({ value, here: after })));
      }),
      { numRuns: 200, seed: 5 },
    );
  });
});

describe("literals of a config file", () => {
  const text =
    "encryptionsalt: small\nconfig:\n  # small is usual\n  acme:size: small # kept\n  acme:key:\n    secure: small\n  acme:n: 3\n  acme:text: |\n    small\n";
  it("are those of plain values: no encrypted one, no salt, no block; comments stay", () => {
    const [only, ...more] = configLiterals(text, moved("small", "yes"), "size");
    expect([places(only === undefined ? [] : [only]), more]).toEqual([["config.acme:size: small → yes"], []]);
    expect(only?.text).toContain("  acme:size: yes # kept\n");
  });
  it("are quoted where the plain word would be something else", () => {
    expect(places(configLiterals(text, moved("small", "true"), "size"))).toEqual(['config.acme:size: small → "true"']);
    expect(places(configLiterals(text, moved("3", "4"), "n"))).toEqual(["config.acme:n: 3 → 4"]);
  });
});

describe("literals of environment.ts", () => {
  it("are told with their line; comments, templates and parts of words are none", () => {
    const text = '// "small" 3\nconst a = "small";\nconst b = `small ${3}`; /* 3 */\nconst c = { v3: 3, "x": \'small\', d: 1.3 };\n';
    expect(places(scriptLiterals(text, moved("small", "huge")))).toEqual(['line 2: "small" → "huge"', "line 4: 'small' → \"huge\""]);
    expect(places(scriptLiterals(text, moved(3, 4)))).toEqual(["line 4: 3 → 4"]);
  });
});
