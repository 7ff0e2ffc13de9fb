import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Secret } from "../../base/secret/index.ts";
import { ciOutput, type CiOutput } from "./output.ts";
import { summaryBytes } from "./summary.ts";

const folder = mkdtempSync(join(tmpdir(), "ci-log-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const now = (): Date => new Date("2026-03-04T05:06:07Z");

function outputOf(kind: "github" | "gitlab", summary?: string): CiOutput {
  const machine = { variable: (name: string) => (name === "GITHUB_STEP_SUMMARY" ? summary : undefined) };
  return ciOutput(kind, machine, now);
}

const known = ["set-output", "set-env", "add-path", "add-mask", "error", "warning", "notice", "group", "endgroup", "debug", "stop-commands", "save-state"];

/** What GitHub's runner would take for commands: `::name …::` at a line's start after white space, `##[name …]` anywhere in it. */
function githubCommands(log: string): string[] {
  return log.split(/\r\n|\r|\n/).flatMap((line) => {
    const trimmed = line.replace(/^[\s\u0085]+/, "");
    const end = trimmed.startsWith("::") ? trimmed.indexOf("::", 2) : -1;
    const name = end > 0 ? trimmed.slice(2, end).split(" ")[0]?.toLowerCase() : undefined;
    if (name !== undefined && known.includes(name)) return [trimmed];
    const old = /##\[([a-z-]+)[^\]]*\]/i.exec(line)?.[1]?.toLowerCase();
    return old !== undefined && known.includes(old) ? [line] : [];
  });
}

/** What GitLab's log reader would take for a section. */
const gitlabSections = (log: string): string[] =>
  [...log.matchAll(/section_(?:start|end):\d+:([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?\r\u001b\[0K/g)].map((found) => found[0]);

const hostile = [
  "::set-output name=role::arn:aws:iam::1:role/admin",
  "name\n::add-mask::a\n",
  "cr\r::error::forged",
  "  \t::stop-commands::x",
  "\u0085::set-env name=PATH::/evil",
  "bucket ##[error]forged",
  "##[set-env name=PATH;]/evil",
  "\u001b[0Ksection_start:1772600000:evil[collapsed=true]\r\u001b[0Khidden",
  "x section_end:1772600000:trueup_1_a\r\u001b[0K",
];

describe("hostile text in a log", () => {
  it("would be commands when it were written as it is", () => {
    expect(hostile.map((text) => githubCommands(text).length + gitlabSections(text).length)).toEqual(hostile.map(() => 1));
  });

  it.each(hostile)("is no command any more, and can still be read: %j", (text) => {
    const [github, gitlab] = [outputOf("github").harmless(text), outputOf("gitlab").harmless(text)];
    expect([...githubCommands(github), ...gitlabSections(gitlab)]).toEqual([]);
    const letters = (some: string): string => some.replaceAll(/[^a-z]/g, "");
    expect([letters(github), letters(gitlab)]).toEqual([letters(text), letters(text)]);
  });

  it.each(hostile)("stays inside the group, the title and the annotation that it is put into: %j", (text) => {
    const github = outputOf("github");
    const log = github.group(text, [text]) + github.annotations([{ level: "error", title: text, message: text, file: text, line: 3 }]);
    expect(githubCommands(log).map((command) => /^::([a-z]+)/.exec(command)?.[1])).toEqual(["group", "endgroup", "error"]);
    expect(gitlabSections(outputOf("gitlab").group(text, [text]))).toHaveLength(2);
  });

  it("leaves other text alone", () => {
    const text = "std::string a::b\r\nhttp://[::1]:80/ section 3 ## [x]\n";
    expect([outputOf("github").harmless(text), outputOf("gitlab").harmless(text)]).toEqual([text, text]);
  });

  it("takes time in line with its length", () => {
    const text = `${"\n".repeat(200_000)}${" ".repeat(200_000)}x${"##".repeat(100_000)}`;
    const started = performance.now();
    expect(outputOf("github").harmless(text)).toBe(text);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe("a job's log on GitHub", () => {
  it("escapes what its documentation says, in text and in properties", () => {
    const said = outputOf("github").annotations([{ level: "warning", title: "a:b,c", message: "50% of\r\nit: a, b", file: "stacks/a,b.ts", line: 7 }]);
    expect(said).toBe("::warning file=stacks/a%2Cb.ts,line=7,title=a%3Ab%2Cc::50%25 of%0D%0Ait: a, b\n");
  });

  it("tells ten errors of a step at most, and counts the others", () => {
    const all = Array.from({ length: 25 }, (_, index) => ({ level: "error" as const, title: `e${index}`, message: "m" }));
    const lines = outputOf("github").annotations(all).trim().split("\n");
    expect([lines.length, lines.at(-1)]).toEqual([10, "::error title=16 more::16 more are in the summary and in the log."]);
  });

  it("masks every line of a secret, and is the only host where one is written", () => {
    const secret = new Secret("first 100%\nsecond\n");
    expect(outputOf("github").mask(secret)).toBe("::add-mask::first 100%25\n::add-mask::second\n");
    expect(outputOf("gitlab").mask(secret)).toBe("");
  });
});

describe("a job's log on GitLab", () => {
  it("folds a group between two markers of one name, another one for each", () => {
    const output = outputOf("gitlab");
    const first = output.group("dev.machines: applied", ["create vpc"]);
    expect(first).toBe(
      "\u001b[0Ksection_start:1772600767:trueup_1_dev.machines_applied[collapsed=true]\r\u001b[0Kdev.machines: applied\ncreate vpc\n" +
        "\u001b[0Ksection_end:1772600767:trueup_1_dev.machines_applied\r\u001b[0K\n",
    );
    expect(output.group("dev.machines: applied", [])).toContain(":trueup_2_");
  });
});

describe("the page of a run", () => {
  it("is GitHub's alone, and several reports follow each other on it", () => {
    const file = join(folder, "summary.md");
    expect([outputOf("gitlab").summary("x"), outputOf("github").summary("x"), outputOf("github", file).summary("### one\n")]).toEqual([false, false, true]);
    outputOf("github", file).summary("### two");
    expect(readFileSync(file, "utf8")).toBe("### one\n\n### two\n\n");
  });

  it("ends at a line, outside of fences and folds, and says so, when there is too much for one step", () => {
    const file = join(folder, "large.md");
    writeFileSync(file, "# before\n\n");
    const report = `<details>\n<summary>all</summary>\n\n\`\`\`\`diff\n${"+ größe ```\n".repeat(120_000)}\`\`\`\`\n</details>\n`;
    outputOf("github", file).summary(report);
    const text = readFileSync(file, "utf8");
    expect(statSync(file).size).toBeLessThanOrEqual(summaryBytes);
    expect(text).toMatch(/\+ größe ```\n````\n\n<\/details>\n\n\*\*The rest did not fit here: it is in the log of this job\.\*\*\n$/);
    outputOf("github", file).summary(report);
    expect(statSync(file).size).toBeLessThanOrEqual(summaryBytes);
  });
});
