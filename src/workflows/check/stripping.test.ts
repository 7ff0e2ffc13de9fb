import { describe, expect, it } from "vitest";
import { exportedTypes, strippingFaults } from "./stripping.ts";

const files = new Set(["stacks/shop/index.ts", "stacks/lib/tags.ts", "stacks/lib/index.ts"]);
const around = { isFile: (path: string) => files.has(path), typesOf: (path: string) => new Set(path === "stacks/lib/tags.ts" ? ["Tags"] : []) };

function said(text: string): string[] {
  return strippingFaults("stacks/shop/index.ts", text, around).map(({ at, what, todo }) => `${at} ${what} | ${todo}`);
}

describe("what plain type stripping would break", () => {
  it("names a subclass field that would wipe out what the base class set, and not one that is declared, given or set by the class itself", () => {
    const text = `class Site extends Base {
  readonly url!: string;
  declare readonly id: string;
  readonly count = 1;
  static kind: string;
  readonly arn: string;
  constructor() { super(); this.arn = "x"; }
}
class Alone { readonly url!: string }`;
    expect(said(text)).toEqual(["stacks/shop/index.ts:2 the field url would be reset to undefined after the base class has set it | Write: declare url"]);
  });

  it("names syntax that would need code of its own, and not its declared forms", () => {
    const text = `enum Size { small }
namespace Old { export const x = 1; }
class A { constructor(private readonly name: string) { void this.name; } }
import fs = require("node:fs");
declare enum There { a }
declare namespace Types { type X = string }
declare module "x" { }`;
    const found = said(text);
    expect(found.map((line) => line.split(" ")[0])).toEqual([1, 2, 3, 4].map((line) => `stacks/shop/index.ts:${line}`));
    expect(found[0]).toContain("enum Size");
    expect(said("export = {};")[0]).toContain("Use export default");
  });

  it("names a relative import that Node does not find as it is written, with the file it is meant for", () => {
    expect(
      said(
        `import { tags } from "../lib/tags";\nexport * from "../lib";\nimport "../lib/tags.js";\nimport type { T } from "../lib/other";\nimport "../lib/tags.ts";`,
      ),
    ).toEqual([
      `stacks/shop/index.ts:1 "../lib/tags" is no file; it is meant for stacks/lib/tags.ts | Write the file's own name: tags.ts`,
      `stacks/shop/index.ts:2 "../lib" is no file; it is meant for stacks/lib/index.ts | Write the file's own name: index.ts`,
      `stacks/shop/index.ts:3 "../lib/tags.js" is no file; it is meant for stacks/lib/tags.ts | Write the file's own name: tags.ts`,
    ]);
  });

  it("names an imported type that is not marked as one", () => {
    expect(exportedTypes("stacks/lib/tags.ts", `export interface Tags {}\nexport const tags = 1;\ntype X = 1;\nexport type { X };`)).toEqual(
      new Set(["Tags", "X"]),
    );
    expect(said(`import { Tags, tags } from "../lib/tags.ts";`)).toEqual([
      "stacks/shop/index.ts:1 Tags is a type, and gone when the program runs | Write: import { type Tags }",
    ]);
    expect(said(`import { type Tags, tags } from "../lib/tags.ts";`)).toEqual([]);
  });

  it("names a module of Node's that a shipped function captures as a whole", () => {
    const text = `import * as fs from "node:fs";
import path from "node:path";
fs.existsSync("x");
bucket.onObjectCreated("copy", async () => { fs.readFileSync(path.join("a")); });`;
    expect(said(text)).toEqual([
      `stacks/shop/index.ts:4 a function that is shipped as text captures all of node:fs as fs, which cannot be written out | Write: import fs from "node:fs"`,
    ]);
  });

  it("a file that does not parse is an error", () => {
    expect(strippingFaults("stacks/shop/index.ts", "const x = ;\n", around)[0]).toMatchObject({ level: "error", at: "stacks/shop/index.ts:1" });
  });
});
