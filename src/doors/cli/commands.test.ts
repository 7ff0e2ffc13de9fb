import { describe, expect, it } from "vitest";
import { allCommands, commandNames, commandsFor } from "./commands.ts";

const named = async (...argv: readonly string[]): Promise<readonly string[]> => (await commandsFor(argv)).map(({ name }) => name);

describe("the commands that are loaded", () => {
  it("are called what the command line is looked up by", async () => {
    expect((await allCommands()).map(({ name }) => name)).toEqual(commandNames);
  });

  it.each([
    ["that is named", ["apply", "prod"], ["apply"]],
    ["after global flags", ["-o", "json", "status"], ["status"]],
    ["whose help is asked for", ["apply", "--help"], ["apply"]],
    ["and one whose name is the value of a flag before it, or an argument", ["-C", "stack", "log", "apply"], ["apply", "log", "stack"]],
  ])("are the one %s", async (_, argv, expected) => {
    expect(await named(...argv)).toEqual(expected);
  });

  it.each([
    ["nothing is given", []],
    ["none is named", ["aply", "prod"]],
    ["help is asked for before one is", ["--help", "apply"]],
    ["it is the word for help", ["help", "apply"]],
  ])("are all where %s", async (_, argv) => {
    expect(await named(...argv)).toEqual(commandNames);
  });
});
