import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { createServer as createSocket, type AddressInfo, type Server as Socket } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { thisMachine } from "../../src/base/process/index.ts";
import { openStandin, type Standin } from "../../src/satellites/forge-standin/index.ts";
import { newHome, type Change, type Home, type Told } from "../journeys/estate.ts";
import { probesModule, type Targets } from "./probes.ts";

export const canary = "canary-escape-5d1f0b7a93";
/** What pushes the ledger, where the remote asks for it. */
const gitToken = "git-token-escape-c07e4419fa";
const tokenOf = ({ credentials }: ReturnType<Standin["settings"]>): string => ("token" in credentials ? credentials.token.reveal() : "");

const environment = `import { defineEnvironment, stack } from "trueup";
import type cluster from "../../stacks/cluster/index.ts";
import type machines from "../../stacks/machines/index.ts";
import values from "./values.json" with { type: "json" };

export default defineEnvironment({
  cloud: "sandbox",
  secrets: { provider: "passphrase", from: { env: "DEV_PASSPHRASE" } },
  identity: { preview: { as: "none" } },
  policies: { packs: ["policies/house"] },
  checks: [{ name: "tests", run: ["node", "test/check.mjs"] }],
  stacks: {
    machines: stack<typeof machines>("stacks/machines", { layer: "machines", args: values.machines }),
    cluster: stack<typeof cluster>("stacks/cluster", { layer: "clusters", args: values.cluster }),
  },
});
`;

async function listening(server: Server | Socket, at: { readonly path: string } | { readonly port: number; readonly host: string }): Promise<void> {
  await new Promise<void>((resolve) => void server.listen(at, resolve));
}

/** A folder of links to every program but bubblewrap: a machine that does not have it. */
async function pathWithoutBubblewrap(folder: string): Promise<string> {
  const bin = join(folder, "bin");
  await mkdir(bin);
  for (const from of thisMachine().path.split(":").toReversed()) {
    for (const name of existsSync(from) ? readdirSync(from) : []) {
      if (name === "bwrap") continue;
      rmSync(join(bin, name), { force: true });
      await symlink(join(from, name), join(bin, name));
    }
  }
  return bin;
}

interface More {
  /** A file that can be executed. */
  readonly executable?: string;
  /** A symbolic link where a file was, and where it leads. */
  readonly link?: readonly [path: string, to: string];
}

/** A machine that has something to lose, an estate on it, and a forge on which hostile pull requests are opened. */
export class Scene {
  readonly home: Home;
  readonly forge: Standin;
  readonly folder: string;
  readonly targets: Targets;
  readonly #servers: readonly (Server | Socket)[];
  readonly #victim: ChildProcess;
  readonly #variables: Readonly<Record<string, string>>;
  #bare: Promise<string> | undefined;

  private constructor(
    parts: Pick<Scene, "home" | "forge" | "folder" | "targets">,
    held: { readonly servers: readonly (Server | Socket)[]; readonly victim: ChildProcess },
  ) {
    this.home = parts.home;
    this.forge = parts.forge;
    this.folder = parts.folder;
    this.targets = parts.targets;
    this.#servers = held.servers;
    this.#victim = held.victim;
    const { kind, api, repository } = this.forge.settings();
    this.#variables = {
      TRUEUP_FORGE: kind,
      TRUEUP_FORGE_API: api,
      TRUEUP_FORGE_REPOSITORY: repository,
      TRUEUP_FORGE_TOKEN: tokenOf(this.forge.settings()),
      TRUEUP_GIT_TOKEN: gitToken,
      DEV_PASSPHRASE: `passphrase-${canary}`,
      AWS_ACCESS_KEY_ID: "AKIAAPPLY00000000000",
      AWS_SECRET_ACCESS_KEY: `secret-${canary}`,
      SSH_AUTH_SOCK: this.targets.sockets["an ssh agent"] ?? "",
      HOME: this.targets.home,
      XDG_CACHE_HOME: this.targets.cache,
    };
  }

  static async open(): Promise<Scene> {
    const folder = await mkdtemp(join(tmpdir(), "trueup-escape-"));
    // Kept between runs of these tests, and of no others; what an earlier one left in it is not this one's.
    const [home, outside, cache] = [join(folder, "home"), join(folder, "outside"), join(tmpdir(), "trueup-escape-cache")];
    const secrets = [".aws/credentials", ".ssh/id_ed25519", ".pulumi/credentials.json"].map((name) => join(home, name));
    for (const path of [...secrets, join(outside, "intact-json"), join(outside, "intact-outputs")]) {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, `intact ${canary}`);
    }
    const kept = join(cache, "trueup/programs");
    await mkdir(kept, { recursive: true });
    for (const name of readdirSync(kept)) if (name.startsWith("escaped-")) rmSync(join(kept, name));
    const web = createServer((_, answer) => answer.end(canary));
    await listening(web, { port: 0, host: "0.0.0.0" });
    const { port } = web.address() as AddressInfo;
    const own = Object.values(networkInterfaces()).flatMap((each) => (each ?? []).filter(({ family, internal }) => family === "IPv4" && !internal));
    const sockets = {
      "an ssh agent": join(folder, "agent.sock"),
      "a container engine's socket": join(home, "docker.sock"),
      "an abstract socket": `\0trueup-escape-${port}`,
    };
    const open = await Promise.all(
      Object.values(sockets).map(async (path) => {
        const socket = createSocket((peer) => void peer.on("error", () => undefined).end(canary));
        await listening(socket, { path });
        return socket;
      }),
    );
    const victim = spawn("sleep", ["600"], { stdio: "ignore" });
    const forge = await openStandin("github");
    const at = await newHome({ "environments/dev/environment.ts": environment, "test/check.mjs": "process.exit(0);\n" }, forge.path);
    // What earlier runs have left on such a machine.
    const state = join(at.clone, ".trueup/state/.pulumi/stacks/small");
    for (const path of [state, join(at.clone, ".trueup/cloud"), join(cache, "trueup/programs")]) await mkdir(path, { recursive: true });
    await writeFile(join(state, "dev.other.json"), `{"version":3,"checkpoint":{"stack":"organization/small/dev.other"},"was":"${canary}"}`);
    const token = tokenOf(forge.settings());
    if (token === "") throw new Error("the forge of this scene has no token that could be stolen");
    if (own[0] === undefined) console.log("escape: no address like that of cloud metadata is tried: this machine has none but its loopback");
    const targets: Targets = {
      secrets: [canary, token, gitToken],
      home,
      clone: at.clone,
      cache,
      outside,
      addresses: {
        "a server on the machine's loopback": `http://127.0.0.1:${port}/latest/meta-data/iam`,
        ...(own[0] === undefined ? {} : { "a server at another address of the machine (metadata)": `http://${own[0].address}:${port}/latest/meta-data/iam` }),
      },
      sockets,
      victim: victim.pid ?? 0,
      straggler: `9${port}.5`,
    };
    return new Scene({ home: at, forge, folder, targets }, { servers: [web, ...open], victim });
  }

  get probes(): Readonly<Record<string, Change>> {
    return { "stacks/lib/probes.mjs": probesModule(this.targets) };
  }

  /** The command line, on a machine with bubblewrap or on one without it. */
  async trueup(bubblewrap: boolean, ...args: string[]): Promise<Told> {
    this.#bare ??= pathWithoutBubblewrap(this.folder);
    return this.home.run(args, { variables: { ...this.#variables, ...(bubblewrap ? {} : { PATH: await this.#bare }) } });
  }

  /** A pull request of Ann's. */
  async open(branch: string, files: Readonly<Record<string, Change>>, more: More = {}): Promise<string> {
    const { executable, link } = more;
    await this.home.commit(branch, files);
    if (executable !== undefined) await chmod(join(this.home.clone, executable), 0o755);
    if (link !== undefined) {
      await rm(join(this.home.clone, link[0]), { force: true });
      await symlink(link[1], join(this.home.clone, link[0]));
    }
    await this.home.git("add", "--all");
    await this.home.git("commit", "--quiet", "--amend", "-m", branch);
    await this.home.git("push", "--quiet", "--force", "origin", branch);
    await this.home.git("checkout", "--quiet", "env/dev");
    return String(this.forge.openPullRequest("ann", { head: branch, base: "env/dev" }));
  }

  comment(number: string): string {
    return this.forge.comments(Number(number)).find(({ author }) => author === this.forge.us)?.body ?? "";
  }

  /** What works for the same code on this machine where nothing keeps it apart: everything, but what a worker without walls has no part in. */
  get weakened(): readonly string[] {
    const fixed = [
      "the environment of other processes",
      "the process that previews",
      "its files, through /proc",
      "the machine's root, through /proc",
      "its memory (ptrace)",
      "a signal to it",
      "cloud credentials at home",
      "ssh keys at home",
      "pulumi's credentials at home",
      "a link to what is outside",
      "the clone's .git",
      "the mirror",
      "the recorded state",
      "the recorded state, overwritten",
      "the sandbox cloud, overwritten",
      "the clone, written",
      "the home, written",
      "the machine's /tmp, written",
      "compiled programs of others, written",
      "installed packages, written",
      "root again",
    ];
    return [...fixed, ...Object.keys(this.targets.addresses), ...Object.keys(this.targets.sockets)];
  }

  isVictimAlive(): boolean {
    return this.#victim.exitCode === null && this.#victim.signalCode === null;
  }

  /** Files that were written where nothing may be written, and put away again. */
  async escaped(): Promise<readonly string[]> {
    const { home, clone, cache, outside } = this.targets;
    const places = [
      home,
      join(clone, "environments"),
      outside,
      join(cache, "trueup/programs"),
      join(clone, "node_modules"),
      join(clone, ".trueup/cloud"),
      join(clone, ".trueup/state/.pulumi/stacks/small"),
    ];
    const found = places.flatMap((place) =>
      (existsSync(place) ? readdirSync(place) : []).filter((name) => name.startsWith("escaped-")).map((name) => join(place, name)),
    );
    for (const path of found) rmSync(path);
    const through: string[] = [];
    for (const ending of ["json", "outputs"]) {
      const path = join(outside, `intact-${ending}`);
      if ((await readFile(path, "utf8")) !== `intact ${canary}`) through.push(path);
      await writeFile(path, `intact ${canary}`);
    }
    return [...found, ...through];
  }

  /** Processes that a preview left behind, ended now. */
  stragglers(): number {
    const found = readdirSync("/proc").filter((name) => {
      try {
        return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, "utf8").includes(`\0${this.targets.straggler}\0`);
      } catch {
        return false;
      }
    });
    for (const pid of found) process.kill(Number(pid), "SIGKILL");
    return found.length;
  }

  async close(): Promise<void> {
    this.#victim.kill("SIGKILL");
    for (const server of this.#servers) server.close();
    await this.home.remove();
    await this.forge.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}
