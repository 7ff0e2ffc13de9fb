import { afterEach, describe, expect, test } from "vitest";
import { commentCases } from "./cases/comments.ts";
import { commitCases } from "./cases/commits.ts";
import { issueCases } from "./cases/issues.ts";
import { failureCases } from "./cases/failures.ts";
import { peopleCases } from "./cases/people.ts";
import { pullRequestCases } from "./cases/pull-requests.ts";
import type { Case, Subject } from "./subject.ts";

/** Every sentence of the port's contract, as a case that can also be asked of a forge that breaks it. */
export const contractCases: readonly Case[] = [...commentCases, ...issueCases, ...pullRequestCases, ...commitCases, ...peopleCases, ...failureCases];

/** Asks a forge for all of its contract. `open` gives a fresh host with trueup at it, for each case one. */
export function forgeContract(name: string, open: () => Promise<Subject & { close(): Promise<void> }>, cases = contractCases): void {
  describe(name, () => {
    let close: (() => Promise<void>) | undefined;
    afterEach(async () => {
      await close?.();
      close = undefined;
    });
    test.each(cases.map((entry) => [entry.says, entry] as const))("%s", async (_, { ask, where }) => {
      const subject = await open();
      close = () => subject.close();
      if (where?.(subject.forge) === false) return;
      expect.hasAssertions();
      await ask(subject);
    });
  });
}
