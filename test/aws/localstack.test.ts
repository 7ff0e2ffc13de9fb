import { afterAll, describe } from "vitest";
import { missingHere, startLocalStack } from "./localstack.ts";
import { machinesJourney, type Ground } from "./machines.ts";

const missing = await missingHere();
if (missing !== undefined) process.stderr.write(`\nskipped test/aws/localstack.test.ts: ${missing}\n`);
/** Real providers wait for what they make, and the image may have to be fetched first. */
const deadlineMs = 15 * 60_000;

describe.skipIf(missing !== undefined)(`the machines layer${missing === undefined ? "" : ` (skipped: ${missing})`}`, () => {
  let running: { readonly ground: Ground; readonly stop: () => Promise<void> } | undefined;
  const start = async (): Promise<Ground> => {
    running = await startLocalStack();
    if (!running.ground.pool)
      process.stderr.write("this LocalStack has no scaling groups or not their image: the network comes without the pool of machines\n");
    return running.ground;
  };
  afterAll(() => running?.stop(), deadlineMs);

  machinesJourney("LocalStack, with the official aws provider", start, deadlineMs);
});
