import { describe, expect, it } from "vitest";
import { walkPushes, whyUnknown, type BranchPush } from "./pushers.ts";

/** "bob a>b": Bob pushed b over a; "+" forced, "-" for no commit, nobody for not said. */
function pushes(...said: readonly string[]): readonly BranchPush[] {
  return said.map((one) => {
    const [by = "", move = ""] = one.split(" ");
    const [from, to] = move
      .replace("+", "")
      .split(">")
      .map((name) => (name === "-" ? undefined : name));
    return { by: by === "" ? undefined : by, from, to, forced: move.startsWith("+") };
  });
}

/** Letters are commits of the pull request, digits those of its base. */
const mayHold = (commit: string): boolean => /[a-z]/.test(commit);
const walk = (head: string, ...said: readonly string[]): unknown => {
  const { logins, state } = walkPushes(pushes(...said), { head, mayHold });
  return [logins.join(), state];
};

describe("the pushes to a branch, gone back through", () => {
  it.each([
    ["to the one that made it", walk("b", "bob a>b", "ann ->a", "old 9>-", "older ->9"), ["bob,ann", "complete"]],
    ["to the one that left the base, however long the branch is", walk("b", "bob a>b", "ann 1>a", "cyd 0>1"), ["bob,ann", "complete"]],
    ["past what was replaced by force: a rebase keeps its text", walk("b", "ann +a>b", "bob 1>a"), ["ann,bob", "complete"]],
    ["also where force began at the base", walk("b", "ann +1>b", "bob ->1"), ["ann,bob", "complete"]],
    ["from its head, not from what came after it", walk("b", "eve b>c", "bob a>b", "ann ->a"), ["bob,ann", "complete"]],
    ["through a deletion, where it was restored as it was", walk("b", "ann ->b", "ann b>-", "bob ->b"), ["ann,bob", "complete"]],
  ])("%s", (_, found, wanted) => {
    expect(found).toEqual(wanted);
  });

  it.each([
    ["its head was not pushed by what is told", walk("z", "bob a>b", "ann ->a"), ["", "open"]],
    ["nothing is told", walk("b"), ["", "open"]],
    ["they do not reach back far enough", walk("b", "bob a>b"), ["bob", "open"]],
    ["one in between is missing", walk("c", "bob b>c", "ann ->a"), ["bob", "broken"]],
  ])("do not name everybody where %s", (_, found, wanted) => {
    expect(found).toEqual(wanted);
  });

  it("are not known to be whose where one is nobody's", () => {
    const at = { host: "GitHub", branch: "change" };
    const of = { head: "b", mayHold };
    expect(whyUnknown(walkPushes(pushes(" a>b", "ann ->a"), of), at)).toMatch(/does not say whose/);
    expect(whyUnknown(walkPushes(pushes("bob a>b"), of), at)).toMatch(/does not tell every push to change/);
    expect(whyUnknown(walkPushes(pushes("bob a>b", "ann ->a"), of), at)).toBeUndefined();
  });
});
