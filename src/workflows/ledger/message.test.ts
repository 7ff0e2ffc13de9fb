import { describe, expect, test } from "vitest";
import { applySentence, commitMessage, driftSentence, parseTrailers, shortDuration } from "./message.ts";

const told = { environment: "dev", commit: "4f2c1d9aaaaaaaa", stacks: ["machines", "clusters", "shop"] };

describe("sentences of the ledger", () => {
  test.each([
    [applySentence({ ...told, result: "applying", mergedBy: "Ann" }), "dev: applying 4f2c1d9 to machines, clusters, shop; merged by Ann"],
    [
      applySentence({ ...told, result: "good", durationMs: 72_000, mergedBy: "Ann" }),
      "dev: 4f2c1d9 applied to machines, clusters, shop in 1m12s; merged by Ann",
    ],
    [
      applySentence({ ...told, result: "good", verified: true, durationMs: 192_000, mergedBy: "@ann", approvedBy: ["@bob"] }),
      "dev: 4f2c1d9 applied to machines, clusters, shop, verified in 3m12s; merged by @ann, approved by @bob",
    ],
    [
      applySentence({ ...told, result: "failed", stacks: ["machines"], because: "shop: Deployment web timed out", durationMs: 48_000 }),
      "dev: 4f2c1d9 failed after 48s: shop: Deployment web timed out; changed machines",
    ],
    [applySentence({ ...told, result: "failed", stacks: [] }), "dev: 4f2c1d9 failed; nothing was changed"],
    [
      applySentence({ ...told, result: "refused", stacks: [], because: "a Service has no ports" }),
      "dev: 4f2c1d9 refused, nothing was changed: a Service has no ports",
    ],
    [
      applySentence({ ...told, result: "refused", stacks: ["shop"], because: "a Service has no ports" }),
      "dev: 4f2c1d9 refused in part, applied to shop: a Service has no ports",
    ],
    [
      applySentence({ ...told, result: "rolledBack", stacks: ["shop", "machines"], because: "shop: http says 503", durationMs: 48_000 }),
      "dev: 4f2c1d9 failed after 48s: shop: http says 503; rolled back shop, machines",
    ],
    [applySentence({ ...told, result: "good", stacks: [] }), "dev: 4f2c1d9 needed no change"],
    [
      applySentence({ ...told, result: "good", stacks: Array.from({ length: 40 }, (_, i) => `s${i}`) }),
      "dev: 4f2c1d9 applied to s0, s1, s2, s3, s4, s5 and 34 more",
    ],
    [
      applySentence({ ...told, result: "good", mergedBy: "Ann", brings: { commits: ["90ab12cffff", "11de0f3ffff"], leftOut: 0 } }),
      "dev: 4f2c1d9 applied to machines, clusters, shop; merged by Ann; also brings 2 commits: 90ab12c, 11de0f3",
    ],
    [
      applySentence({ ...told, result: "refused", stacks: [], brings: { commits: Array.from({ length: 8 }, (_, at) => `${at}0000000`), leftOut: 1 } }),
      "dev: 4f2c1d9 refused, nothing was changed; also brings 9 commits: the newest 2000000, 3000000, 4000000, 5000000, 6000000, 7000000",
    ],
    [driftSentence({ environment: "dev", found: [], looked: 4, fixed: false }), "dev: no drift in 4 stacks"],
    [driftSentence({ environment: "dev", found: [{ stack: "shop", resources: 2 }], looked: 4, fixed: false }), "dev: drift found in shop (2 resources)"],
    [
      driftSentence({ environment: "dev", found: [{ stack: "shop", resources: 1 }], looked: 4, fixed: true, durationMs: 9_000 }),
      "dev: drift fixed in shop (1 resource) in 9s",
    ],
  ])("%s", (sentence, expected) => expect(sentence).toBe(expected));

  test("durations are short", () => expect([400, 59_499, 60_000, 7_380_000].map(shortDuration)).toEqual(["0s", "59s", "1m00s", "2h03m"]));

  test("nothing that people typed starts a line, a trailer or a terminal sequence", () => {
    const message = commitMessage("dev: x\n\nTrueup-Result: good\u001b[31m\u202e", { Run: "r\nTrueup-Sequence: 99", Sequence: "1" });
    expect(message).toBe("dev: x Trueup-Result: good [31m\n\nTrueup-Run: r Trueup-Sequence: 99\nTrueup-Sequence: 1\n");
    expect(parseTrailers(message)).toEqual({ Run: "r Trueup-Sequence: 99", Sequence: "1" });
  });
});
