import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { problemCodes } from "../../src/base/problem/index.ts";
import { commandsTable } from "../../src/domain/reports/index.ts";
import { unitDiagram } from "../../src/domain/units/index.ts";
import { readRecord } from "../torture/record.ts";
import { reliabilityReport } from "../torture/report.ts";
import { law } from "./law.ts";

const marks = { open: "<!-- generated: npm run fix -->", close: "<!-- /generated -->" };

function problemTable(): string {
  const rows = Object.entries(problemCodes).map(([code, { exit, title }]) => `| <a id="${code.toLowerCase()}"></a>\`${code}\` | ${exit} | ${title} |`);
  return ["| code | exit | meaning |", "|---|---|---|", ...rows].join("\n");
}

function lawTable(): string {
  const rows = law.map(({ room, mayImport, why }) => `| \`${room}\` | ${mayImport.map((path) => `\`${path.slice(4)}\``).join(", ") || "nothing"} | ${why} |`);
  return ["| room | may import | what it is |", "|---|---|---|", ...rows].join("\n");
}

const generated: Readonly<Record<string, (root: string) => string>> = {
  "docs/problems.md": problemTable,
  "ARCHITECTURE.md": lawTable,
  "docs/commands.md": commandsTable,
  "docs/units.md": unitDiagram,
  "RELIABILITY.md": (root) => reliabilityReport(readRecord(join(root, "docs/reliability.jsonl"))),
};

/** Documents whose generated part differs from its source; with `fix` they are rewritten instead. */
export function staleDocuments(root: string, fix: boolean): string[] {
  const stale: string[] = [];
  for (const [file, make] of Object.entries(generated)) {
    const path = join(root, file);
    const text = existsSync(path) ? readFileSync(path, "utf8") : "";
    const [before, rest] = text.split(marks.open);
    const after = rest?.split(marks.close)[1];
    if (before === undefined || after === undefined) {
      stale.push(`${file}: has no generated part between its two marks`);
      continue;
    }
    const fresh = `${before}${marks.open}\n${make(root)}\n${marks.close}${after}`;
    if (fresh === text) continue;
    if (fix) writeFileSync(path, fresh);
    else stale.push(`${file}: its generated part is old; run npm run fix`);
  }
  return stale;
}
