import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../src/base/clock/index.ts";
import { thisMachine } from "../../src/base/process/index.ts";
import type { CiJob } from "../../src/adapters/forges/index.ts";
import { ledgerOf, openEstate, type Estate } from "../../src/workflows/estate/index.ts";
import { newHome, type Home } from "../journeys/estate.ts";
import { jobVariables } from "./ci-job.ts";
import { openStandin, type Standin } from "../../src/satellites/forge-standin/index.ts";

const names = ["github", "gitlab"] as const;

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
