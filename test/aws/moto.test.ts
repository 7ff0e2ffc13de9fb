import { afterAll, beforeAll, describe } from "vitest";
import { anEngine } from "../engine/workshop.ts";
import { backendJourney } from "./backend.ts";
import { commandLineJourney } from "./command-line.ts";
import { identityContract } from "./identity.ts";
import { installMoto, startMoto, type Moto } from "./moto.ts";

const installed = await installMoto();
const reason = installed.missing ?? ((await anEngine()) === undefined ? "the Pulumi engine is not in the cache (npm run setup)" : undefined);
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

  identityContract(moto);
  backendJourney(moto);
  commandLineJourney(moto);
});
