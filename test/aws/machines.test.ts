import { describe } from "vitest";
import { engine, isFull } from "../journeys/estate.ts";
import { machinesJourney, type Ground } from "./machines.ts";

/** The journey of localstack.test.ts on the sandbox: so that it is known to run where LocalStack cannot. */
const sandbox: Ground = {
  cloud: "sandbox",
  config: ["aws:region: us-east-1"],
  variables: {},
  pool: true,
  tamper: async (home, owner) => void home.cloud.set("main", "tags.owner", owner, { type: "Vpc" }),
  vpcs: async (home) => home.cloud.list({ type: "Vpc" }).filter(({ createdBy }) => createdBy.endsWith("::main")).length,
};

describe.skipIf(engine === undefined || !isFull)("the machines layer", () => {
  machinesJourney("the sandbox", async () => sandbox, 120_000);
});
