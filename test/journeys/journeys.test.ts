import { afterAll, beforeAll, describe, vi } from "vitest";
import { downstream } from "./downstream.ts";
import { engine, newHome, type Home } from "./estate.ts";
import { changeAndDrift, mainJob, retirement } from "./main-job.ts";
import { schedule } from "./schedule.ts";
import { trouble } from "./trouble.ts";

vi.setConfig({ testTimeout: 200_000, hookTimeout: 200_000 });

/** One estate is brought up; every other journey starts from a copy of it, so that none sees what another did. */
describe.skipIf(engine === undefined)("a small estate", () => {
  let first: Home;
  const homes: Home[] = [];
  const journey = (name: string, steps: (home: () => Home) => void): void => {
    describe(name, () => {
      let mine: Home;
      beforeAll(async () => {
        mine = await first.copy();
        homes.push(mine);
      });
      steps(() => mine);
    });
  };
  beforeAll(async () => {
    first = await newHome();
  });
  afterAll(async () => {
    for (const home of [first, ...homes]) await home.remove();
  });

  mainJob(() => first);
  journey("that changes, drifts and is put right", changeAndDrift);
  journey("that is looked at by schedule", schedule);
  journey("whose stacks leave", retirement);
  journey("whose stacks read each other", downstream);
  journey("in trouble", trouble);
});
