import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { Problem } from "../../base/problem/index.ts";
import { runChild, type Machine } from "../../base/process/index.ts";
import { Secret } from "../../base/secret/index.ts";
import type { Environment } from "../../domain/environments/index.ts";

/** Sandbox environments hold nothing worth a secret passphrase: theirs is published, so that plain pulumi works on them too. */
const sandboxPassphrase = "sandbox";

function unreadable(environment: Environment, what: string, todo: string): Problem {
  return new Problem("SECRETS_UNREADABLE", { what, on: `environments/${environment.name}/environment.ts, secrets.from`, todo });
}

/** The passphrase of an environment's state, from where its file says. Raises SECRETS_UNREADABLE. */
export async function openPassphrase(environment: Environment, machine: Machine, root: string): Promise<Secret> {
  const { from } = environment.secrets;
  if ("sandbox" in from) return new Secret(sandboxPassphrase);
  if ("env" in from) {
    const value = machine.variable(from.env);
    if (value !== undefined && value !== "") return new Secret(value);
    throw unreadable(environment, `the variable ${from.env} is not set`, `Set ${from.env} to the passphrase of ${environment.name} and run again.`);
  }
  if ("file" in from) {
    const path = resolve(root, from.file);
    const text = await readFile(path, "utf8").catch((cause: Error) => {
      throw unreadable(
        environment,
        `the passphrase file ${from.file} cannot be read (${cause.message.split(":")[0]})`,
        "Put the passphrase there, or change secrets.from.",
      );
    });
    return new Secret(text.trimEnd());
  }
  const result = await runChild(from.command, { cwd: root, env: { PATH: machine.path, HOME: machine.home }, deadlineMs: 30_000 });
  if (result.exitCode === 0) return new Secret(result.stdout.trimEnd());
  throw unreadable(environment, `the command ${from.command[0]} gave no passphrase (exit ${result.exitCode ?? result.signal})`, "Run it by hand and mend it.");
}
