import { describe, expect, it } from "vitest";
import { parseComment } from "./parse.ts";
import { ownPart, shareComment } from "./share.ts";

const known = ["dev", "prod"];
/** Whose each line is for who looks after dev; "dev answers", "everyone answers" or "left". */
function shared(...lines: readonly string[]): string {
  const { lines: found, isOthers, isReplyOwn } = shareComment(parseComment(lines.join("\n")), known, ["dev"]);
  const shares = found.map(({ share, after }) => (after === undefined ? share : `${share} after ${after.line} in ${after.environments.join("+")}`));
  return `${shares.join(", ")}: ${isOthers ? "left" : isReplyOwn ? "dev answers" : "everyone answers"}`;
}

describe("a comment where others look after a part of the branch", () => {
  it.each([
    [["/trueup apply --env dev"], "own: dev answers"],
    [["/trueup apply --env prod"], "others: left"],
    [["/trueup apply --env prod --env dev"], "own: dev answers"],
    [["/trueup status"], "own: dev answers"],
    [["/trueup apply"], "everyone: everyone answers"],
    [["/trueup help"], "everyone: everyone answers"],
    [["/trueup aply"], "everyone: everyone answers"],
    [["/trueup apply --env pord"], "everyone: everyone answers"],
    [["/trueup apply --env prod --env pord"], "everyone: everyone answers"],
    [["/trueup aply", "/trueup apply --env prod"], "everyone, others: left"],
    [["/trueup status --env prod", "/trueup apply --env dev"], "others, own: dev answers"],
    [["/trueup apply --env prod", "/trueup apply --env dev"], "others, own after 1 in prod: dev answers"],
    [["/trueup apply --env dev --env prod", "/trueup apply --env dev"], "own, own after 1 in prod: dev answers"],
  ])("%j is %s", (lines, says) => {
    expect(shared(...lines)).toBe(says);
  });

  it("is nobody's business who looks after none of them", () => {
    expect(shareComment(parseComment("/trueup help"), known, []).isOthers).toBe(true);
  });
});

describe("the part of a branch that is ours", () => {
  it.each([
    [undefined, undefined],
    [["prod", "dev", "lab"], undefined],
    [["dev", "lab"], ["dev"]],
    [["lab"], []],
  ])("of dev and prod, for who looks after %j, is %j", (only, part) => {
    expect(ownPart(known, only)).toEqual(part);
  });
});
