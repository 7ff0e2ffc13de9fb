import { readFile } from "node:fs/promises";
import { Problem } from "../../base/problem/index.ts";
import { signerFault } from "../../domain/environments/index.ts";

function refused(file: string, what: string, cause?: unknown): Problem {
  return new Problem("USAGE", {
    what,
    on: `--signers ${file}`,
    todo: "Give it a file of public ssh keys, one on a line, as ssh-keygen writes them: ssh-ed25519 AAAA… ann@acme.example",
    cause,
  });
}

/** Keys that may sign, from a file of whoever asks: public ones, one on a line; empty lines and those that begin with # do not count. USAGE for anything else. */
export async function readSigners(file: string): Promise<readonly string[]> {
  const text = await readFile(file, "utf8").catch((thrown: unknown) => {
    throw refused(file, "the file of keys that may sign cannot be read", thrown);
  });
  const lines = text.split(/\r?\n/).map((line, index) => ({ line: line.trim(), number: index + 1 }));
  const keys = lines.filter(({ line }) => line !== "" && !line.startsWith("#"));
  if (keys.length === 0) throw refused(file, "the file of keys that may sign holds none");
  for (const { line, number } of keys) {
    const fault = signerFault(line);
    if (fault !== undefined) throw refused(file, `line ${number} of the file of keys that may sign: ${fault}`);
  }
  return keys.map(({ line }) => line);
}
