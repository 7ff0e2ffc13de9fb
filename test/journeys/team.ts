import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStandin, type Standin } from "../../src/satellites/forge-standin/index.ts";
import { Home, newHome, set, type Change, type RunOptions, type Told } from "./estate.ts";

/** Two stacks that know nothing of each other, so that a change of one is no business of who approved the other. */
export const two = (approvals: string): Readonly<Record<string, Change>> => ({
  "environments/dev/environment.ts": `import { defineEnvironment, stack } from "trueup";
import type machines from "../../stacks/machines/index.ts";
import values from "./values.json" with { type: "json" };

export default defineEnvironment({
  cloud: "sandbox",
  ${approvals}
  stacks: {
    east: stack<typeof machines>("stacks/machines", { layer: "machines", args: values.east }),
    west: stack<typeof machines>("stacks/machines", { layer: "machines", args: values.west }),
  },
});
`,
});

const rules = "approvals: { min: 1, from: [] },";
const begin = { cidr: "10.1.0.0/16", tier: "small", joinToken: "join-4f1c9a" };
const values = { "environments/dev/values.json": `${JSON.stringify({ east: begin, west: begin }, undefined, 2)}\n` };
export const cidr = (of: "east" | "west", to: string): Readonly<Record<string, Change>> => set(of, { cidr: to });

/** The repository over HTTP, for who signs in as `login`. */
function signedIn(forge: Standin, login: string): string {
  const { credentials } = forge.settings({ login });
  const url = new URL(forge.gitUrl);
  url.username = login;
  url.password = "token" in credentials ? credentials.token.reveal() : "";
  return url.toString();
}

/** What people and trueup do on one forge, with the command line that a pipeline calls; git goes over HTTP, as to any host. */
export class Team {
  readonly home: Home;
  readonly forge: Standin;
  /** What a process must be told to speak to the forge as trueup. */
  readonly variables: Readonly<Record<string, string>>;
  readonly #stations: Home[] = [];

  private constructor(home: Home, forge: Standin) {
    this.home = home;
    this.forge = forge;
    const { kind, api, repository, credentials } = forge.settings();
    const token = "token" in credentials ? credentials.token.reveal() : "";
    this.variables = { TRUEUP_FORGE: kind, TRUEUP_FORGE_API: api, TRUEUP_FORGE_REPOSITORY: repository, TRUEUP_FORGE_TOKEN: token, TRUEUP_GIT_TOKEN: token };
  }

  /** From now on Ann's clone reaches the repository as she does at her desk: over HTTP, with a token of her own. */
  static async #overHttp(home: Home, forge: Standin): Promise<Team> {
    await home.git("remote", "set-url", "origin", signedIn(forge, "ann"));
    return new Team(home, forge);
  }

  /** Nothing is applied yet. */
  static async found(name: Standin["name"], files: Readonly<Record<string, Change>> = { ...two(""), ...values }): Promise<Team> {
    const forge = await openStandin(name);
    return Team.#overHttp(await newHome(files, forge.path), forge);
  }

  /** An environment that is up, and that anybody who may push changes. */
  static async begin(name: Standin["name"]): Promise<Team> {
    const team = await Team.found(name);
    await team.must("apply", "dev");
    return team;
  }

  /** An environment that is up, and from now on wants one approval. */
  static async meet(name: Standin["name"]): Promise<Team> {
    const team = await Team.begin(name);
    await team.home.land("rules", two(rules));
    await team.must("apply", "dev");
    return team;
  }

  /** The same repository, clone and cloud in another place, on a forge of its own that nothing was said on yet. */
  async copy(name = this.forge.name): Promise<Team> {
    const forge = await openStandin(name);
    await cp(this.forge.path, forge.path, { recursive: true });
    const home = await this.home.copy();
    await rm(home.remote);
    await symlink(forge.path, home.remote);
    return Team.#overHttp(home, forge);
  }

  /** Another machine: a clone of its own, on the same cloud and with the same backend. */
  async station(): Promise<Home> {
    const folder = await mkdtemp(join(tmpdir(), "trueup-station-"));
    const home = new Home(folder);
    await symlink(this.forge.path, home.remote);
    await mkdir(join(home.clone, ".trueup"), { recursive: true });
    for (const shared of ["state", "cloud"]) await symlink(join(this.home.clone, ".trueup", shared), join(home.clone, ".trueup", shared));
    await symlink(join(this.home.clone, "node_modules"), join(home.clone, "node_modules"));
    await home.git("init", "--quiet", "--initial-branch=main");
    await writeFile(join(home.clone, ".git/info/exclude"), "node_modules\n.trueup\n");
    await home.git("remote", "add", "origin", signedIn(this.forge, "ann"));
    await home.git("fetch", "--quiet", "origin");
    await home.git("checkout", "--quiet", "-B", "env/dev", "origin/env/dev");
    this.#stations.push(home);
    return home;
  }

  trueup(...args: string[]): Promise<Told> {
    return this.run(args);
  }

  /** As somebody else (`at`), or with more to say of how. */
  run(args: readonly string[], { at = this.home, ...more }: RunOptions & { readonly at?: Home } = {}): Promise<Told> {
    return at.run(args, { ...more, variables: { ...this.variables, ...more.variables } });
  }

  async must(...args: string[]): Promise<void> {
    const { exit, err } = await this.trueup(...args);
    if (exit !== 0) throw new Error(`trueup ${args.join(" ")} ended with ${exit}: ${err}`);
  }

  /** Ann's pull request with one commit. */
  async open(branch: string, files: Readonly<Record<string, Change>>): Promise<number> {
    await this.home.git("checkout", "--quiet", "env/dev");
    await this.home.git("pull", "--quiet", "--ff-only", "origin", "env/dev");
    await this.home.commit(branch, files);
    return this.forge.openPullRequest("ann", { head: branch, base: "env/dev" });
  }

  /** One more commit on it, or another one in its place. */
  async push(branch: string, files: Readonly<Record<string, Change>>, how: "add" | "replace"): Promise<void> {
    if (how === "replace") {
      await this.home.commit(branch, files);
      return;
    }
    await this.home.git("checkout", "--quiet", branch);
    await this.home.write(files);
    await this.home.git("commit", "--quiet", "--all", "-m", "More");
    await this.home.git("push", "--quiet", "origin", branch);
  }

  ours(number: number): readonly string[] {
    return this.forge
      .comments(number)
      .filter(({ author }) => author === this.forge.us)
      .map(({ body }) => body);
  }

  async close(): Promise<void> {
    for (const home of [...this.#stations, this.home]) await home.remove();
    await this.forge.close();
  }
}
