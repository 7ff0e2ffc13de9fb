import { homedir, hostname, tmpdir } from "node:os";
import { join } from "node:path";

/** What this process was told by its environment. The only file that reads `process.env`. */
export interface Machine {
  readonly home: string;
  readonly path: string;
  readonly tmp: string;
  readonly host: string;
  /** The user's cache for everything that can be made again: `$XDG_CACHE_HOME/trueup`. */
  readonly cache: string;
  /** One variable by name, for settings that name one (`secrets.from.env`) and for what is passed on to git. */
  variable(name: string): string | undefined;
  /** All variables whose name matches: for credentials that are passed on to engine and providers. */
  variables(names: RegExp): Record<string, string>;
}

export function thisMachine(): Machine {
  const env = process.env;
  const home = env["HOME"] ?? homedir();
  return {
    home,
    path: env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin",
    tmp: env["TMPDIR"] ?? tmpdir(),
    host: hostname(),
    cache: join(env["XDG_CACHE_HOME"] ?? join(home, ".cache"), "trueup"),
    variable: (name) => env[name],
    variables: (names) => Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => names.test(entry[0]) && entry[1] !== undefined)),
  };
}
