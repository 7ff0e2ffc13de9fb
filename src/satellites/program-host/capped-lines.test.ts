import { describe, expect, it } from "vitest";
import { cappedLines } from "./capped-lines.ts";

function taken(cap: number, chunks: readonly (string | Buffer)[]): string[] {
  const lines: string[] = [];
  const stream = cappedLines(cap, (line) => lines.push(line));
  for (const chunk of chunks) stream.take(Buffer.from(chunk));
  stream.end();
  return lines;
}

describe("a program's output", () => {
  it("arrives line by line, however it was cut into chunks", () => {
    expect(taken(1000, ["one\ntw", "o\n\nthree"])).toEqual(["one", "two", "", "three"]);
  });
  it("keeps letters whole that a chunk cut in two", () => {
    const bytes = Buffer.from("größe\n");
    expect(taken(1000, [bytes.subarray(0, 3), bytes.subarray(3)])).toEqual(["größe"]);
  });
  it("ends at the cap, and says how much is missing", () => {
    expect(taken(5, ["abc\ndefgh", "ijk"])).toEqual(["abc", "d", "[trueup: 7 more bytes of output were cut; the limit is 5 bytes]"]);
  });
  it("of one endless line is passed on in pieces, not kept", () => {
    expect(taken(1_000_000, ["x".repeat(70_000), "y\n"])).toEqual(["x".repeat(70_000), "y"]);
  });
});
