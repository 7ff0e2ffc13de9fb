import { describe, expect, it } from "vitest";
import { forgePlace } from "./forge.ts";

const given = (variables: Readonly<Record<string, string>>): { variable(name: string): string | undefined } => ({ variable: (name) => variables[name] });

describe("where a repository lives", () => {
  it.each([
    ["git@github.com:acme/estate.git", { kind: "github", api: "https://api.github.com", repository: "acme/estate" }],
    ["https://x:token@github.com/acme/estate", { kind: "github", api: "https://api.github.com", repository: "acme/estate" }],
    ["ssh://git@github.acme.example:2222/acme/estate.git", { kind: "github", api: "https://github.acme.example/api/v3", repository: "acme/estate" }],
    [
      "https://gitlab.acme.example/platform/infra/estate.git",
      { kind: "gitlab", api: "https://gitlab.acme.example/api/v4", repository: "platform/infra/estate" },
    ],
  ] as const)("%s", (remote, place) => {
    expect(forgePlace(given({}), remote)).toEqual(place);
  });

  it("is told by variables where the address does not say", () => {
    const told = given({ TRUEUP_FORGE: "gitlab", TRUEUP_FORGE_API: "http://127.0.0.1:9/api/v4/", TRUEUP_FORGE_REPOSITORY: "acme/estate" });
    expect(forgePlace(told, "/srv/estate.git")).toEqual({ kind: "gitlab", api: "http://127.0.0.1:9/api/v4", repository: "acme/estate" });
    expect(() => forgePlace(given({ TRUEUP_FORGE: "gitbucket" }), "git@git.acme.example:a/b.git")).toThrow(/no forge "gitbucket"/);
  });

  it("is nowhere for a path, also inside a CI job: a demo there must not speak of the job's own repository", () => {
    const job = given({ GITHUB_ACTIONS: "true", GITHUB_API_URL: "https://api.github.com", GITHUB_REPOSITORY: "acme/estate" });
    expect(forgePlace(job, "/srv/estate.git")).toBeUndefined();
    expect(forgePlace(given({}), "git@git.acme.example:acme/estate.git")).toBeUndefined();
  });
});
