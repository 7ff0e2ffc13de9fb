import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anEngine } from "../engine/workshop.ts";
import { backendJourney } from "./backend.ts";
import { commandLineJourney } from "./command-line.ts";
import { identityContract } from "./identity.ts";
import { installMoto, startMoto, type Installed, type Moto } from "./moto.ts";
import { query, servesPool, tag, vpcsNamed } from "./query.ts";

const installed: Installed = (await anEngine()) === undefined ? { missing: "the Pulumi engine is not in the cache (npm run setup)" } : await installMoto();
const reason = installed.missing;
if (reason !== undefined) process.stderr.write(`\nskipped test/aws/moto.test.ts: ${reason}\n`);

describe.skipIf(reason !== undefined)(`on moto's S3 and STS${reason === undefined ? "" : ` (skipped: ${reason})`}`, () => {
  let running: Moto | undefined;
  const moto = (): Moto => {
    if (running === undefined) throw new Error("moto does not run");
    return running;
  };
  beforeAll(async () => {
    running = await startMoto(installed.python ?? "");
  });
  afterAll(() => running?.stop());

  it("is reached by the hand that changes LocalStack in the other suite", async () => {
    const aws = { endpoint: moto().url, region: "us-east-1", keys: { id: "test", secret: "test" } };
    expect(await vpcsNamed(aws, "by-hand")).toEqual([]);
    const made = await query(aws, "ec2", { Action: "CreateVpc", CidrBlock: "10.9.0.0/16" });
    const id = /<vpcId>([^<]+)</.exec(made)?.[1] ?? "";
    await tag(aws, id, { key: "Name", value: "by-hand" });
    expect(await vpcsNamed(aws, "by-hand")).toEqual([id]);
    expect([await servesPool(aws), await servesPool({ ...aws, endpoint: "http://127.0.0.1:1" })]).toEqual([true, false]);
  });

  identityContract(moto);
  backendJourney(moto);
  commandLineJourney(moto);
});
