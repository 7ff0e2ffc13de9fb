import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { formatOf, type Format } from "./format.ts";
import { substitutes } from "./resolution.ts";
import { Transpiler } from "./transpiler.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "trueup-transpiler-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function compiled(source: string, format: Format, tsconfig?: object): string {
  const path = join(root, "tsconfig.json");
  if (tsconfig !== undefined) writeFileSync(path, JSON.stringify(tsconfig));
  return new Transpiler(path).transpile({ path: join(root, "index.ts"), source, format });
}

const code = (text: string): string => text.slice(0, text.indexOf("//# sourceMappingURL"));

describe("a compiled file", () => {
  it("stays an ES module where it is one, and is CommonJS otherwise", () => {
    expect(code(compiled(`import { x } from "y";\nexport const z = x;`, "module"))).toContain(`import { x } from "y"`);
    expect(code(compiled(`import { x } from "y";\nexport const z = x;`, "commonjs"))).toContain(`require("y")`);
  });

  it("drops imports that are only types", () => {
    expect(code(compiled(`import type { A } from "a";\nimport { B } from "b";\nexport const z: B = {} as A;`, "module"))).not.toContain("import ");
  });

  it("keeps import() in CommonJS, so that it can load ES modules", () => {
    expect(code(compiled(`export const late = () => import("x");`, "commonjs"))).toContain(`import("x")`);
  });

  it("declares no field that the source only types", () => {
    const source = `class A extends B { readonly x!: string; y = 1; }`;
    expect(code(compiled(source, "module"))).not.toMatch(/^\s+x;/m);
    expect(code(compiled(source, "module", { compilerOptions: { useDefineForClassFields: true } }))).toMatch(/^\s+x;/m);
  });

  it("takes a namespace import as the module itself, unless its default is used", () => {
    expect(code(compiled(`import * as fs from "fs";\nexport const f = () => fs.existsSync("x");`, "commonjs"))).toContain(`const fs = require("fs");`);
    expect(code(compiled(`import * as fs from "fs";\nexport const f = () => fs.default;`, "commonjs"))).toContain(`const fs = __importStar(require("fs"));`);
  });

  it("honours the tsconfig's interop and decorators, its base included", () => {
    writeFileSync(join(root, "base.json"), JSON.stringify({ compilerOptions: { esModuleInterop: false, module: "commonjs" } }));
    const text = code(compiled(`import fs from "fs";\nexport const f = () => fs;`, "commonjs", { extends: "./base.json" }));
    expect(text).not.toContain("__importDefault");
  });

  it("maps back to the TypeScript line", () => {
    const text = compiled(`interface A { b: string }\n\nexport const first = 1;\nthrow new Error("x");\n`, "commonjs");
    const line = text.split("\n").findIndex((each) => each.startsWith("throw")) + 1;
    const map = JSON.parse(Buffer.from(text.slice(text.indexOf("base64,") + 7), "base64").toString("utf8")) as ConstructorParameters<typeof SourceMap>[0];
    expect(new SourceMap(map).findOrigin(line, 1)).toMatchObject({ lineNumber: 4 });
  });

  it("that does not parse says where", () => {
    expect(() => compiled(`const x =\n  ;`, "module")).toThrow(/index\.ts:2:3: Expression expected/);
  });

  it("has another identity when the tsconfig or what it extends changes", () => {
    const path = join(root, "tsconfig.json");
    writeFileSync(path, `{ "extends": "./base.json" }`);
    const before = new Transpiler(path).identity;
    writeFileSync(join(root, "base.json"), "{}");
    expect(new Transpiler(path).identity).not.toBe(before);
  });
});

describe("a file's format", () => {
  it("comes from its extension, then its package, then what only an ES module may hold", () => {
    expect(formatOf(join(root, "a.mts"), "")).toBe("module");
    expect(formatOf(join(root, "a.cts"), "")).toBe("commonjs");
    expect(formatOf(join(root, "a.ts"), "export const x = 1;")).toBe("commonjs");
    expect(formatOf(join(root, "a.ts"), "const x = await y;")).toBe("module");
    expect(formatOf(join(root, "a.ts"), "async () => {\n  const x = await y;\n};")).toBe("commonjs");
    const typed = mkdtempSync(join(root, "typed-"));
    writeFileSync(join(typed, "package.json"), `{"type":"module"}`);
    expect(formatOf(join(typed, "a.ts"), "export const x = 1;")).toBe("module");
  });
});

describe("a path that Node does not find", () => {
  it("means the TypeScript file beside it", () => {
    writeFileSync(join(root, "x.ts"), "");
    writeFileSync(join(root, "index.ts"), "");
    const parent = `file://${join(root, "main.ts")}`;
    expect(substitutes("./x.js", parent)).toBe(join(root, "x.ts"));
    expect(substitutes("./x", parent)).toBe(join(root, "x.ts"));
    expect(substitutes(".", parent)).toBe(join(root, "index.ts"));
    expect(substitutes("./y", parent)).toBeUndefined();
  });
});
