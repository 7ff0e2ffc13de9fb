import { randomBytes } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Machine } from "../../base/process/index.ts";
import { bindGit } from "./git.ts";
import { requireSha } from "./names.ts";
import type { Sha } from "./port.ts";
import { parseRemote } from "./remote.ts";
import { gitEnvironment } from "./surroundings.ts";

/** `unknown`: the signature is right, its key is nobody's that is known; or it cannot be checked here. */
export interface CommitSignature {
  readonly state: "none" | "good" | "bad" | "unknown";
  /** Whose key it is, of a good one. */
  readonly by?: string;
  /** Fingerprint of the key. */
  readonly key?: string;
}

/** A key that may sign, as `ssh-keygen` prints public ones: `ssh-ed25519 AAAA… ann@acme.example`. */
export type Signer = string;

const states: Readonly<Record<string, CommitSignature["state"]>> = { N: "none", G: "good", B: "bad" };

/** Each signature that is there costs two short processes of git's. */
const deadlineMs = 15 * 60_000;

/** One line of git's `allowed_signers`. The name is only shown: what counts is the key. */
function allowedLine(signer: Signer, index: number): string {
  const [type = "", key = "", ...rest] = signer.trim().split(/\s+/);
  const name = rest.join("-").replace(/[^\w.@+-]/g, "-");
  return `${name === "" ? `signer-${index + 1}` : name} namespaces="git" ${type} ${key}`;
}

function signatureOf(state: string, by: string, key: string): CommitSignature {
  return { state: states[state] ?? "unknown", ...(by === "" ? {} : { by }), ...(key === "" ? {} : { key }) };
}

/** What git itself says of the signatures of commits in a mirror, ssh or OpenPGP, against these ssh keys. Raises what the adapter's port raises. */
export async function readSignatures(
  { mirror, machine }: { readonly mirror: string; readonly machine: Pick<Machine, "path" | "home" | "variable"> },
  shas: readonly Sha[],
  signers: readonly Signer[],
): Promise<ReadonlyMap<Sha, CommitSignature>> {
  const remote = parseRemote(mirror, undefined);
  const git = bindGit({ mirror, remote: remote.shown, env: gitEnvironment(machine, remote, mirror), deadlineMs, scrub: (text) => text });
  const file = join(mirror, `allowed-signers-${randomBytes(8).toString("hex")}`);
  await writeFile(file, signers.map((signer, index) => `${allowedLine(signer, index)}\n`).join(""), { mode: 0o600 });
  const found = new Map<Sha, CommitSignature>();
  try {
    const args = ["-c", `gpg.ssh.allowedSignersFile=${file}`, "log", "--no-walk=unsorted", "--stdin", "--format=%H%x00%G?%x00%GS%x00%GF"];
    const stdin = shas.map((sha) => `${requireSha(sha)}\n`).join("");
    const text = shas.length === 0 ? "" : await git.must(args, { stdin });
    for (const line of text.split("\n")) {
      const [sha = "", state = "", by = "", key = ""] = line.split("\0");
      if (sha !== "") found.set(sha, signatureOf(state, by, key));
    }
  } finally {
    await rm(file, { force: true });
  }
  return found;
}
