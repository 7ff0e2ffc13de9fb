import { existsSync, renameSync } from "node:fs";
import { testRemote } from "../../src/adapters/git/test-remote.ts";
import { gitContract, type GitSubject } from "./git-contract.ts";
import { SimMirror, SimRemote, SimRepository } from "./parts/git.ts";

function realGit(): GitSubject {
  const remote = testRemote();
  const head = (branch: string): string | undefined => {
    if (!existsSync(remote.path)) return undefined;
    return remote.git("for-each-ref", "--format=%(objectname)", `refs/heads/${branch}`) || undefined;
  };
  return { open: () => remote.open(), head, cut: () => renameSync(remote.path, `${remote.path}.away`), remove: () => void remote.remove() };
}

function simulatedGit(): GitSubject {
  const remote = new SimRemote();
  let isCut = false;
  const line = { asked: async () => (isCut ? ("away" as const) : ("answered" as const)), heard: async () => undefined, now: () => new Date(0) };
  return {
    open: async () => new SimRepository(remote, new SimMirror(), line),
    head: (branch) => remote.refs.get(branch),
    cut: () => (isCut = true),
    remove: () => undefined,
  };
}

gitContract("real", realGit);
gitContract("simulated", simulatedGit);
