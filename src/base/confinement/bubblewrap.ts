import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { runChild } from "../process/index.ts";

/** What a confined process has of this machine. Everything else is not there: no home, no other process, no socket, no /run, no /var. */
export interface Walls {
  /** Files and folders at their own places, readable only. Those that are missing are left out. */
  readonly reads: readonly string[];
  /** Files and folders at their own places, writable. */
  readonly writes: readonly string[];
  /** Seen at another place than where they are, readable only: what is shown → where. */
  readonly shown?: readonly (readonly [from: string, at: string])[];
  /** false: a network of its own, with nothing but a loopback. true: the host's, with all that listens there. */
  readonly network: boolean;
}

/** How foreign code can be kept apart on this machine. `why` is for people. */
export type Isolation = { readonly kind: "bubblewrap"; readonly command: string } | { readonly kind: "none"; readonly why: string };

/** Programs and their libraries; of /etc only what libraries and resolvers read. Secrets of a machine lie elsewhere in it. */
const system = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store"];
const settings = [
  "ld.so.cache",
  "ld.so.conf",
  "ld.so.conf.d",
  "alternatives",
  "ssl",
  "pki",
  "ca-certificates",
  "localtime",
  "nsswitch.conf",
  "passwd",
  "group",
].map((name) => `/etc/${name}`);
const resolving = ["/etc/resolv.conf", "/etc/hosts"];

/** A user namespace of its own, so that it works without root and as root alike; no capability is left in it, and no further one can be made. */
const namespaces = ["--unshare-all", "--unshare-user", "--disable-userns", "--cap-drop", "ALL", "--new-session", "--die-with-parent", "--hostname", "preview"];

/** The same command behind walls. Its environment, working folder and descriptors are those that bubblewrap is started with. */
export function confined({ command }: Extract<Isolation, { kind: "bubblewrap" }>, walls: Walls, argv: readonly [string, ...string[]]): [string, ...string[]] {
  const same = (flag: string, paths: readonly string[]): string[] => paths.flatMap((path) => [flag, path, path]);
  return [
    command,
    ...namespaces,
    ...(walls.network ? ["--share-net"] : []),
    ...same("--ro-bind-try", [...system, ...settings, ...(walls.network ? resolving : [])]),
    "--proc",
    "/proc",
    "--dev",
    "/dev",
    "--tmpfs",
    "/tmp",
    ...same("--ro-bind-try", walls.reads),
    ...same("--bind", walls.writes),
    ...(walls.shown ?? []).flatMap(([from, at]) => ["--ro-bind-try", from, at]),
    "--remount-ro",
    "/",
    "--",
    ...argv,
  ];
}

async function onPath(path: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter).filter((each) => each.startsWith("/"))) {
    const command = join(folder, "bwrap");
    const isThere = await access(command, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return command;
  }
  return undefined;
}

const probeDeadlineMs = 10_000;
const known = new Map<string, Promise<Isolation>>();

async function probe(path: string): Promise<Isolation> {
  const command = await onPath(path);
  if (command === undefined) return { kind: "none", why: "bubblewrap (bwrap) is not installed" };
  const isolation = { kind: "bubblewrap", command } as const;
  // Many machines have the program and forbid what it does: it is tried, with all that is asked of it later.
  const tried = await runChild(confined(isolation, { reads: [], writes: [], network: false }, ["/bin/sh", "-c", "exit 0"]), {
    cwd: "/",
    env: { PATH: path },
    deadlineMs: probeDeadlineMs,
    outputCap: 1024,
  });
  if (tried.exitCode === 0) return isolation;
  return { kind: "none", why: `bubblewrap does not work here (${tried.stderr.trim().split("\n").at(-1)?.slice(0, 160) ?? tried.endedBy})` };
}

/** Whether bubblewrap is on this PATH and works, asked once per process. */
export function findBubblewrap(path: string): Promise<Isolation> {
  const asked = known.get(path) ?? probe(path);
  known.set(path, asked);
  return asked;
}
