import type { World } from "./world.ts";

interface KeptStack {
  readonly result: string;
  readonly run: string | null;
  readonly commit: string | null;
  readonly closureDigest: string;
}

export interface KeptVeto {
  readonly run: string;
  readonly commit: string;
  readonly closureDigests: Readonly<Record<string, string>>;
  readonly unit?: string;
  readonly state?: string;
  readonly waves?: readonly (readonly string[])[];
}

/** What the ledger's record says of the environment. */
interface Kept {
  readonly sequence: number;
  readonly fencing: number;
  readonly stacks: Readonly<Record<string, KeptStack>>;
  readonly vetoes?: readonly KeptVeto[];
}

/** One commit of the ledger. */
export interface Entry {
  readonly kept: Kept;
  /** Without the prefix that they have in the message. */
  readonly trailers: Readonly<Record<string, string>>;
}

const trailersIn = (message: string): Entry["trailers"] =>
  Object.fromEntries([...message.matchAll(/^Trueup-([A-Za-z-]+): (.*)$/gm)].map(([, key = "", value = ""]) => [key, value]));

/** The ledger's commits as plain git shows them, the oldest first. */
export async function history({ home }: Pick<World, "home">): Promise<readonly Entry[]> {
  const bare = (...args: string[]): Promise<string> => home.git("--git-dir", home.remote, ...args);
  const at = "refs/heads/trueup/dev";
  const commits = (await bare("rev-list", "--reverse", "--first-parent", at)).split("\n");
  // Records are one JSON each, and git puts nothing between them.
  const texts = (await bare("show", ...commits.map((sha) => `${sha}:environment.json`))).split(/(?<=^\})\n?/m);
  const messages = (await bare("log", "--reverse", "--first-parent", "--format=%x01%B", at)).split("\u0001").slice(1);
  return texts.map((text, index) => ({ kept: JSON.parse(text) as Kept, trailers: trailersIn(messages[index] ?? "") }));
}
