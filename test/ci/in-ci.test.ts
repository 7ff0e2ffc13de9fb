import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { ledgerOf } from "../../src/workflows/estate/index.ts";
import { engine, isFull, newHome, type Home } from "../journeys/estate.ts";
import { single } from "../journeys/single.ts";

let home: Home;
beforeAll(async () => {
  home = await newHome(single(""));
});
afterAll(() => home.remove());

const page = (): string => join(home.folder, "summary.md");

/** The variables of a job on GitHub, as far as its output goes. */
const job = (more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  GITHUB_ACTIONS: "true",
  GITHUB_EVENT_NAME: "push",
  GITHUB_STEP_SUMMARY: page(),
  ...more,
});

const commandsIn = (log: string): string[] => log.split(/\r\n|\r|\n/).filter((line) => /^\s*::/.test(line) || line.includes("##["));

describe("a command inside a CI job", () => {
  test("tells a problem as an annotation too, and outside of one it does not", async () => {
    const inside = await home.run(["check", "nowhere"], { variables: job() });
    const outside = await home.run(["check", "nowhere"]);
    expect([inside.exit, outside.exit]).toEqual([6, 6]);
    expect(commandsIn(inside.err)).toEqual([
      expect.stringMatching(/^::error title=ENVIRONMENT_UNKNOWN::there is no environment "nowhere"%0Aon environments\//),
    ]);
    expect(commandsIn(outside.err)).toEqual([]);
  });

  test("lets no name become a command of the host, in any form that results are printed in", async () => {
    const evil = "x##[error]forged";
    for (const format of ["json", "yaml"]) {
      const { out, err } = await home.run(["check", evil, "-o", format], { variables: job() });
      expect(commandsIn(out)).toEqual([]);
      expect(commandsIn(err).filter((line) => !line.startsWith("::error title=ENVIRONMENT_UNKNOWN::"))).toEqual([]);
      expect(JSON.stringify(parse(out))).toContain(evil);
    }
    // The control: without the host there is nothing to be afraid of, and the name is printed as it is.
    expect((await home.run(["check", evil])).err).toContain("##[error]forged");
  });

  test("does not run where a pull request's code would meet the secrets of its base", async () => {
    const { exit, lines } = await home.run(["check"], { variables: job({ GITHUB_EVENT_NAME: "pull_request_target" }) });
    expect([exit, lines[0]]).toEqual([2, expect.stringMatching(/^CONFIG_INVALID: the event pull_request_target would run code/)]);
  });

  test.skipIf(engine === undefined || !isFull)("folds what an apply did to resources, and puts its report on the page of the run", async () => {
    rmSync(page(), { force: true });
    const { exit, err } = await home.run(["apply", "dev"], { variables: job() });
    expect(exit).toBe(0);
    expect(err).toMatch(/^::group::machines: (applied|verified).*\n(create [\w:/]+ \S+\n)+::endgroup::$/m);
    expect(readFileSync(page(), "utf8")).toMatch(/dev[\s\S]*applied to machines/);
  });

  test.skipIf(engine === undefined)(
    "looks for drift with the identity that previews where nothing is put back, and is refused where something would be",
    async () => {
      // In the slice nothing was applied: a ledger without a stack is enough.
      if (!isFull) await (await ledgerOf(await home.open(), "dev")).record((current) => ({ next: current, sentence: "dev: begun" }));
      const variables = job({ TRUEUP_IDENTITY: "preview" });
      const looked = await home.run(["drift", "dev", "--scheduled"], { variables });
      expect([looked.exit, looked.err]).toEqual([0, expect.not.stringContaining("IDENTITY_REFUSED")]);
      const asked = await home.run(["drift", "dev", "--fix"], { variables });
      expect([asked.exit, asked.err]).toEqual([3, expect.stringMatching(/^IDENTITY_REFUSED: this process was started to preview/m)]);
    },
  );

  test.skipIf(engine === undefined)("shows a program's failure beside its source line", async () => {
    const ref = await home.commit("throws", {
      "stacks/machines/index.ts": (text) => text.replace("program(", 'program() { throw new Error("::warning::no such tier"); },\n  never('),
    });
    rmSync(page(), { force: true });
    const { exit, err } = await home.run(["preview", "dev", "--ref", ref], { variables: job() });
    expect([exit, readFileSync(page(), "utf8")]).toEqual([1, expect.stringMatching(/dev[\s\S]*no such tier/)]);
    const errors = commandsIn(err).filter((line) => !/^::(end)?group::/.test(line));
    expect(errors).toContainEqual(expect.stringMatching(/^::error file=stacks\/machines\/index\.ts,line=\d+,title=PROGRAM_FAILED::.*no such tier/));
    expect(errors.filter((line) => !line.startsWith("::error "))).toEqual([]);
  });
});

describe("trueup init --ci", () => {
  const source = `https://github.example/acme/trueup@${"93cb6efe".repeat(5)}`;
  const init = (host: string, ...more: string[]): ReturnType<Home["run"]> => home.run(["init", "--ci", host, "--trueup", source, ...more]);
  const file = (path: string): string => join(home.clone, path);

  test("writes a workflow for the branches of the environments, once", async () => {
    const first = await init("github");
    expect([first.exit, first.out]).toEqual([
      0,
      expect.stringMatching(/^written +\.github\/workflows\/trueup\.yml\n\nFor dev\. Still to be done by a person:\n1\. /),
    ]);
    expect(readFileSync(file(".github/workflows/trueup.yml"), "utf8")).toContain('branches: ["env/dev"]');
    expect((await init("github")).out).toMatch(/^unchanged/);
  });

  test("writes over nothing that differs unless it is told to", async () => {
    writeFileSync(file(".github/workflows/trueup.yml"), "mine\n");
    const refused = await init("github");
    expect([refused.exit, refused.lines[0]]).toEqual([2, "USAGE: .github/workflows/trueup.yml is there already and differs; nothing was written"]);
    expect(readFileSync(file(".github/workflows/trueup.yml"), "utf8")).toBe("mine\n");
    expect((await init("github", "--force")).exit).toBe(0);
    expect(readFileSync(file(".github/workflows/trueup.yml"), "utf8")).toContain("name: trueup");
  });

  test("leaves a person's own .gitlab-ci.yml alone, and says what to add", async () => {
    writeFileSync(file(".gitlab-ci.yml"), "stages: [mine]\n");
    const { exit, out } = await init("gitlab");
    expect([exit, out]).toEqual([0, expect.stringMatching(/^written +\.gitlab\/trueup\.yml\nleft alone +\.gitlab-ci\.yml\n[\s\S]*add `include:/)]);
    expect(readFileSync(file(".gitlab-ci.yml"), "utf8")).toBe("stages: [mine]\n");
  });

  test.each([
    [["init"], /what should be set up was not said/],
    [["init", "--ci", "gitlub"], /no pipelines for "gitlub"/],
    [["init", "--ci", "github", "--trueup", "https://github.example/acme/trueup@main"], /not an https URL, an @ and a full commit/],
  ])("%j is refused in three lines", async (argv, says) => {
    const { exit, lines } = await home.run(argv);
    expect([exit, lines.length, lines[0]]).toEqual([2, 3, expect.stringMatching(says)]);
  });
});
