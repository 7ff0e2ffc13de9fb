import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../src/base/clock/index.ts";
import { thisMachine } from "../../src/base/process/index.ts";
import type { CiJob } from "../../src/adapters/forges/index.ts";
import { ledgerOf, openEstate, type Estate } from "../../src/workflows/estate/index.ts";
import { newHome, type Home } from "../journeys/estate.ts";
import { openStandin, type Standin } from "../../src/satellites/forge-standin/index.ts";

const names = ["github", "gitlab"] as const;

/** The variables of a CI job, as its host sets them. */
function jobVariables(standin: Standin, job: CiJob): Readonly<Record<string, string>> {
  const { api, repository, credentials } = standin.settings();
  const token = "token" in credentials ? credentials.token.reveal() : "";
  const own = { TRUEUP_FORGE: standin.name, TRUEUP_FORGE_API: api, TRUEUP_FORGE_REPOSITORY: repository, TRUEUP_FORGE_TOKEN: token };
  if (standin.name === "github")
    return {
      ...own,
      GITHUB_ACTIONS: "true",
      GITHUB_API_URL: api,
      GITHUB_SERVER_URL: "https://github.com",
      GITHUB_REPOSITORY: repository,
      GITHUB_RUN_ID: job.run,
      GITHUB_RUN_ATTEMPT: String(job.attempt ?? 1),
      GITHUB_JOB: job.job ?? "apply",
      GITHUB_EVENT_NAME: "workflow_dispatch",
      GITHUB_ACTOR: "ann",
    };
  return {
    ...own,
    GITLAB_CI: "true",
    CI_API_V4_URL: api,
    CI_PROJECT_PATH: repository,
    CI_PIPELINE_ID: job.run,
    CI_JOB_ID: job.job ?? "1",
    CI_PIPELINE_SOURCE: "web",
    CI_JOB_URL: "https://gitlab.com/j/1",
    GITLAB_USER_LOGIN: "ann",
  };
}

describe.each(names)("the lease of a %s job", (name) => {
  let standin: Standin;
  let home: Home;
  const opened: Estate[] = [];
  beforeAll(async () => {
    standin = await openStandin(name);
    home = await newHome({}, standin.path);
  });
  afterAll(async () => {
    await Promise.all(opened.map((estate) => estate.close()));
    await home.remove();
    await standin.close();
  });

  /** A runner on a host of its own. */
  async function runner(host: string, job: CiJob): Promise<Estate> {
    const given: Readonly<Record<string, string>> = jobVariables(standin, job);
    const machine = { ...thisMachine(), host, variable: (variable: string) => given[variable] };
    const estate = await openEstate({ directory: home.clone, machine, clock: systemClock });
    opened.push(estate);
    await estate.repository.fetch();
    return estate;
  }

  test("is held while the host says that the job runs, and is taken over, with the reason on record, as soon as it says that the job ended", async () => {
    const first = standin.startJob("apply");
    const dying = await ledgerOf(await runner("runner-1", first), "dev");
    await dying.takeLease("run-1");
    const next = await ledgerOf(await runner("runner-2", standin.startJob("apply")), "dev");
    await expect(next.takeLease("run-2")).rejects.toMatchObject({ code: "LEASE_HELD", what: expect.stringContaining("run-1") });
    standin.endJob(first, "cancelled");
    const taken = await next.takeLease("run-2");
    expect(taken.tookOver?.how).toMatch(new RegExp(`^${name} says that job .* has ended`));
    expect((await next.log(1))[0]?.sentence).toMatch(/takes the lease over from run run-1/);
  });

  test("stays with it where the forge cannot be asked", async () => {
    const other = await ledgerOf(await runner("runner-3", standin.startJob("apply")), "dev");
    standin.fault({ match: /./, times: 1_000, status: 403 });
    await expect(other.takeLease("run-3")).rejects.toMatchObject({ code: "LEASE_HELD" });
    standin.clearFaults();
  });
});
