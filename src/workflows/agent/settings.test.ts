import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readSettings, settingsOf } from "./settings.ts";

const folder = mkdtempSync(join(tmpdir(), "trueup-settings-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const estate = { at: "https://git.example/acme/estate.git", environments: ["dev"] };

describe("the settings of an agent", () => {
  test("are those of the file, with what the command line says in their place", async () => {
    const file = join(folder, "agent.yaml");
    writeFileSync(
      file,
      `interval: 5m
atOnce: 4
listen: "[::1]:9464"
data: /var/lib/trueup
repositories:
  - at: https://git.example/acme/estate.git
    environments: [dev, staging]
    forge: { kind: github, api: https://git.example/api/v3, repository: acme/estate, token: { file: /run/secrets/forge } }
    git: { token: { env: GIT_TOKEN } }
  - { at: ../clone, name: other, environments: [prod] }
`,
    );
    expect(await readSettings(file, { interval: "30s" })).toMatchObject({
      intervalMs: 30_000,
      atOnce: 4,
      listen: { host: "::1", port: 9464 },
      data: "/var/lib/trueup",
      repositories: [
        { name: "estate", environments: ["dev", "staging"], git: { token: { env: "GIT_TOKEN" } } },
        { name: "other", environments: ["prod"] },
      ],
    });
  });

  test("have usual values, and a name for each repository", () => {
    const names = ["git@git.example:acme/one.git", "/srv/clones/two/", "ssh://git@git.example/acme/three"].map((at) => ({ ...estate, at }));
    const settings = settingsOf({ repositories: names }, "here");
    expect(settings).toMatchObject({ intervalMs: 60_000, atOnce: 2, listen: undefined, data: undefined });
    expect(settings.repositories.map(({ name }) => name)).toEqual(["one", "two", "three"]);
  });

  test.each<[string, unknown, RegExp]>([
    ["no repository", { repositories: [] }, /repositories names no repository/],
    ["no environment", { repositories: [{ ...estate, environments: [] }] }, /repositories\[0\]\.environments names no environment/],
    ["a name that is none", { repositories: [{ ...estate, environments: ["Dev"] }] }, /environments\[0\] wants small letters/],
    [
      "a password in an address",
      { repositories: [{ ...estate, at: "https://ann:hunter22@git.example/e.git" }] },
      /repositories\[0\]\.at holds a name or a password/,
    ],
    ["an address that is an option", { repositories: [{ ...estate, at: "--upload-pack=x" }] }, /begins with a dash/],
    ["a mistyped key", { repositories: [{ ...estate, enviroments: [] }] }, /unknown key "enviroments"/],
    ["two of one name", { repositories: [estate, estate] }, /two repositories are called "estate"/],
    ["an interval that hosts would not like", { interval: "1s", repositories: [estate] }, /interval wants a duration of at least 5s/],
    ["no turns at all", { atOnce: 0, repositories: [estate] }, /atOnce/],
    ["a port that is none", { listen: "localhost:99999", repositories: [estate] }, /no port 99999/],
    ["a secret from two places", { repositories: [{ ...estate, git: { token: { env: "A", file: "b" } } }] }, /git\.token wants either "env"/],
    ["a secret itself", { repositories: [{ ...estate, git: { token: "hunter22" } }] }, /repositories\[0\]\.git\.token/],
    ["what is no file at all", "dev", /the file/],
  ])("with %s are refused, with the place and without a secret", (_, raw, says) => {
    const refusal = (() => {
      try {
        return settingsOf(raw, "agent.yaml");
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(refusal).toMatchObject({ code: "CONFIG_INVALID", on: "agent.yaml", what: expect.stringMatching(says) });
    expect(JSON.stringify(refusal)).not.toContain("hunter22");
  });

  test("of a mistyped key name the nearest; a file that is not there or no YAML is said to be", async () => {
    expect(() => settingsOf({ repositories: [{ ...estate, enviroments: [] }] }, "here")).toThrow(
      expect.objectContaining({ todo: expect.stringContaining('Did you mean "environments"?') }),
    );
    await expect(readSettings(join(folder, "none.yaml"), {})).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      what: expect.stringContaining("cannot be read"),
    });
    writeFileSync(join(folder, "broken.yaml"), "repositories: [");
    await expect(readSettings(join(folder, "broken.yaml"), {})).rejects.toMatchObject({ code: "CONFIG_INVALID", what: expect.stringContaining("no YAML") });
  });
});
