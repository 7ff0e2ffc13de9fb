import { Problem } from "../../base/problem/index.ts";
import type { Given } from "./command.ts";

export function listed(flags: Given, name: string): readonly string[] {
  const value = flags[name];
  return Array.isArray(value) ? value.map(String) : [];
}

/** What a person who looked in the cloud says: `--exists urn=id` and `--absent urn`. An id may hold `=`, a urn does not. */
export function saidIn(flags: Given): ReadonlyMap<string, { readonly id: string } | "absent"> {
  const said = new Map<string, { readonly id: string } | "absent">(listed(flags, "absent").map((urn) => [urn, "absent"]));
  for (const word of listed(flags, "exists")) {
    const at = word.indexOf("=");
    const [urn, id] = [word.slice(0, at), word.slice(at + 1)];
    if (at < 1 || id === "" || said.has(urn))
      throw new Problem("USAGE", {
        what: said.has(urn) ? `of ${urn} two things are said` : `"${word}" is not URN=ID`,
        on: "--exists",
        todo: "Say for each operation either --exists 'URN=ID' or --absent 'URN'.",
      });
    said.set(urn, { id });
  }
  return said;
}
