import type { Clause } from "./clause.ts";
import { git } from "./world.ts";

const nothing = async (): Promise<void> => undefined;

/** Names that would like to be flags, paths or commands; and commands that do not exist. */
export const hostileWords: readonly Clause[] = [
  { name: "an unknown command, with the nearest", args: ["aply", "dev"], make: nothing, code: "USAGE", says: [/aply/, /"apply"/] },
  { name: "an unknown flag, with the nearest", onlyFull: true, args: ["apply", "dev", "--al"], make: nothing, code: "USAGE", says: [/--al\b/, /--all/] },
  { name: "an unknown subcommand, with the nearest", onlyFull: true, args: ["env", "lst"], make: nothing, code: "USAGE", says: [/lst/, /"list"/] },
  { name: "a format that is not there", onlyFull: true, args: ["status", "dev", "-o", "xml"], make: nothing, code: "USAGE", says: [/xml/, /json/] },
  { name: "no environment at all", onlyFull: true, args: ["apply"], make: nothing, code: "USAGE", says: [/trueup env list/] },
  { name: "an environment named ../x", onlyFull: true, args: ["apply", "../x"], make: nothing, code: "ENVIRONMENT_UNKNOWN", says: [/\.\.\/x/] },
  {
    name: "an environment named like a flag",
    onlyFull: true,
    args: ["apply", "--", "--upload-pack=/bin/true"],
    make: nothing,
    code: "ENVIRONMENT_UNKNOWN",
    says: [/upload-pack/],
  },
  {
    name: "an environment with a newline in its name",
    onlyFull: true,
    args: ["status", "dev\nOK: all is well"],
    make: nothing,
    code: "ENVIRONMENT_UNKNOWN",
    says: [/dev/],
  },
  {
    name: "an environment with a very long name",
    onlyFull: true,
    args: ["status", "x".repeat(5_000)],
    make: nothing,
    code: "ENVIRONMENT_UNKNOWN",
    says: [/xxx/],
  },
  {
    name: "a ref that would be a flag",
    onlyFull: true,
    args: ["preview", "dev", "--ref=--output=/tmp/owned"],
    make: nothing,
    code: "REF_INVALID",
    says: [/--output/],
  },
  {
    name: "a ref with shell words",
    onlyFull: true,
    args: ["preview", "dev", "--ref", "$(touch /tmp/owned)"],
    make: nothing,
    code: "REF_INVALID",
    says: [/touch/],
  },
  {
    name: "a ref that names nothing",
    onlyFull: true,
    args: ["preview", "dev", "--ref", "no-such-branch"],
    make: nothing,
    code: "REF_INVALID",
    says: [/no-such-branch/],
  },
  {
    name: "a remote that is a command",
    args: ["status", "dev"],
    make: async (world) => void (await git(world, "config", "remote.origin.url", "ext::sh -c 'touch /tmp/owned'")),
    code: "CONFIG_INVALID",
    says: [/remote/],
  },
];
