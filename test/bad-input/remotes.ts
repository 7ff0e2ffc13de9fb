import { chmod, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { appStack, baseStack, environmentFile } from "./estate-files.ts";
import type { Clause } from "./clause.ts";
import { git, merge, type World } from "./world.ts";

const bare = (world: World, ...args: string[]): Promise<string> => git(world, "--git-dir", world.remote, ...args);
const change = (world: World): Promise<void> =>
  merge(world, { "environments/dev/environment.ts": environmentFile(`${baseStack.replace("8", "9")}\n    ${appStack}`) });

/** A server that takes nothing. */
async function refuseEveryPush(world: World): Promise<void> {
  const hook = join(world.remote, "hooks/pre-receive");
  await writeFile(hook, "#!/bin/sh\necho 'branch is protected' >&2\nexit 1\n");
  await chmod(hook, 0o755);
}

/** A commit with other content on the ledger branch. */
async function ledgerWith(world: World, files: Readonly<Record<string, string>>, parent: string | undefined): Promise<void> {
  const rows: string[] = [];
  for (const [name, text] of Object.entries(files)) {
    const path = join(world.tmp, "blob");
    await writeFile(path, text);
    rows.push(`100644 blob ${await bare(world, "hash-object", "-w", path)}\t${name}`);
  }
  const index = join(world.tmp, "index");
  await rm(index, { force: true });
  await writeFile(join(world.tmp, "tree"), `${rows.join("\n")}\n`);
  await git(world, "-c", 'alias.mk=!git --git-dir "$1" mktree < "$2" > "$3" #', "mk", world.remote, join(world.tmp, "tree"), index);
  const tree = (await readFile(index, "utf8")).trim();
  const commit = await bare(world, "commit-tree", tree, ...(parent === undefined ? [] : ["-p", parent]), "-m", "Something else");
  await bare(world, "update-ref", "refs/heads/trueup/dev", commit);
}

/** Branches, remote and ledger. */
export const wrongRemotes: readonly Clause[] = [
  {
    name: "an environment that does not exist, with the nearest name",
    onlyFull: true,
    args: ["apply", "dve"],
    make: async () => undefined,
    code: "ENVIRONMENT_UNKNOWN",
    says: [/"dve"/, /"dev"/],
  },
  {
    name: "a branch that was deleted",
    onlyFull: true,
    make: async (world) => void (await bare(world, "update-ref", "-d", "refs/heads/env/dev")),
    code: "BRANCH_MISSING",
    says: [/env\/dev/, /nothing is destroyed/, /git push/],
  },
  {
    name: "a branch that never was",
    onlyFull: true,
    args: ["apply", "next"],
    code: "BRANCH_MISSING",
    says: [/env\/next/, /git push/],
    make: async (world) => {
      await merge(world, { "environments/next/environment.ts": environmentFile(baseStack).replace("env/dev", "env/next") });
      await git(world, "push", "--quiet", "origin", "HEAD:refs/heads/main");
    },
  },
  {
    name: "a branch that was rewritten",
    code: "BRANCH_REWRITTEN",
    says: [/env\/dev/, /which is live/, /git push --force origin [0-9a-f]{40}/],
    make: async (world) => {
      await git(world, "commit", "--quiet", "--amend", "-m", "Another first commit");
      await git(world, "push", "--quiet", "--force", "origin", "HEAD:refs/heads/env/dev");
    },
  },
  {
    name: "a remote that is not there",
    make: async (world) => void (await git(world, "remote", "set-url", "origin", join(world.folder, "gone.git"))),
    code: "REMOTE_UNREACHABLE",
    says: [/gone\.git/],
  },
  {
    name: "a remote that does not answer",
    onlyFull: true,
    make: async (world) => void (await git(world, "remote", "set-url", "origin", "http://127.0.0.1:9/estate.git")),
    code: "REMOTE_UNREACHABLE",
    says: [/127\.0\.0\.1:9/],
  },
  {
    name: "a remote that refuses the push",
    onlyFull: true,
    code: "PUSH_REFUSED",
    says: [/trueup\/dev/, /pre-receive hook declined/],
    make: async (world) => {
      await change(world);
      await refuseEveryPush(world);
    },
  },
  {
    name: "a clone without a remote",
    onlyFull: true,
    make: async (world) => void (await git(world, "remote", "remove", "origin")),
    code: "CONFIG_INVALID",
    says: [/no remote "origin"/, /git remote add/],
  },
  {
    name: "a folder that is no clone",
    onlyFull: true,
    args: ["-C", "/tmp", "status", "dev"],
    make: async () => undefined,
    code: "CONFIG_INVALID",
    says: [/not inside a git clone/, /\/tmp/],
  },
  {
    name: "a folder that is not there",
    onlyFull: true,
    args: ["-C", "/nowhere/at/all", "status", "dev"],
    make: async () => undefined,
    code: "CONFIG_INVALID",
    says: [/\/nowhere\/at\/all/],
  },
  {
    name: "a ledger that was rolled back",
    onlyFull: true,
    code: "LEDGER_REWRITTEN",
    says: [/trueup\/dev/, /git push --force origin [0-9a-f]{40}/],
    make: async (world) => {
      await change(world);
      await bare(world, "update-ref", "refs/heads/trueup/dev", "refs/heads/trueup/dev~1");
    },
  },
  {
    name: "a ledger that was deleted",
    onlyFull: true,
    code: "LEDGER_REWRITTEN",
    says: [/trueup\/dev/, /gone/],
    make: async (world) => void (await bare(world, "update-ref", "-d", "refs/heads/trueup/dev")),
  },
  {
    name: "a ledger with a commit of somebody else on top",
    onlyFull: true,
    code: "LEDGER_FOREIGN",
    says: [/trueup\/dev/, /environment\.json/],
    make: async (world) => ledgerWith(world, { "notes.txt": "hello\n" }, "refs/heads/trueup/dev"),
  },
  {
    name: "a branch of somebody else in the ledger's place",
    onlyFull: true,
    code: "LEDGER_FOREIGN",
    says: [/trueup\/dev/, /not the ledger/],
    make: async (world) => {
      await rename(join(world.clone, ".trueup/ledger"), join(world.tmp, "ledger-before"));
      await ledgerWith(world, { "environment.json": "{}\n" }, undefined);
    },
  },
  {
    name: "a ledger of a newer trueup",
    onlyFull: true,
    code: "LEDGER_NEWER",
    says: [/format 99/, /Upgrade/],
    make: async (world) => ledgerWith(world, { "environment.json": '{ "schema": 99 }\n' }, "refs/heads/trueup/dev"),
  },
];
