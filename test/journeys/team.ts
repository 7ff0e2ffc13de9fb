import { openStandin, type Standin } from "../../src/satellites/forge-standin/index.ts";
import { newHome, set, type Change, type Home, type Told } from "./estate.ts";

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

/** What people and trueup do on one forge, with the command line that a pipeline calls. */
export class Team {
  readonly home: Home;
  readonly forge: Standin;
  readonly #variables: Readonly<Record<string, string>>;

  private constructor(home: Home, forge: Standin) {
    this.home = home;
    this.forge = forge;
    const { kind, api, repository, credentials } = forge.settings();
    const token = "token" in credentials ? credentials.token.reveal() : "";
    this.#variables = { TRUEUP_FORGE: kind, TRUEUP_FORGE_API: api, TRUEUP_FORGE_REPOSITORY: repository, TRUEUP_FORGE_TOKEN: token };
  }

  /** An environment that is up, and from now on wants one approval. */
  static async meet(name: Standin["name"]): Promise<Team> {
    const forge = await openStandin(name);
    const team = new Team(await newHome({ ...two(""), ...values }, forge.path), forge);
    await team.must("apply", "dev");
    await team.home.land("rules", two(rules));
    await team.must("apply", "dev");
    return team;
  }

  trueup(...args: string[]): Promise<Told> {
    return this.home.run(args, { variables: this.#variables });
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
    await this.home.remove();
    await this.forge.close();
  }
}
