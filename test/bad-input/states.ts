import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { appStack, baseStack, environmentFile } from "./estate-files.ts";
import type { Clause } from "./clause.ts";
import { git, merge, type World } from "./world.ts";

const both = `${baseStack.replace("8", "9")}\n    ${appStack}`;
const change =
  (more: string, stacks = both) =>
  async (world: World): Promise<void> =>
    merge(world, { "environments/dev/environment.ts": environmentFile(stacks, more) });
const stateFile = (world: World): string => join(world.clone, ".trueup/state/.pulumi/stacks/small-estate/dev.base.json");

async function edited(world: World, edit: (text: string) => string): Promise<void> {
  await change("")(world);
  await writeFile(stateFile(world), edit(await readFile(stateFile(world), "utf8")));
}

/** A lock as the engine itself writes it, of a laptop that is still at work. */
async function lock(world: World): Promise<void> {
  await change("")(world);
  const folder = join(world.clone, ".trueup/state/.pulumi/locks/organization/small-estate/dev.base");
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, "11111111-2222-3333-4444-555555555555.json"),
    JSON.stringify({ pid: 4242, username: "bob", hostname: "laptop", timestamp: "2026-11-20T10:00:00Z" }),
  );
}

/** The lock of bob is still his. */
async function isStillLocked(world: World): Promise<void> {
  const names = await readdir(join(world.clone, ".trueup/state/.pulumi/locks"), { recursive: true });
  if (!names.some((name) => name.endsWith("555.json"))) throw new Error("the lock of somebody else was broken");
}

/** State backends, plugins and engines. */
export const wrongStates: readonly Clause[] = [
  {
    name: "a state backend that is not there",
    onlyFull: true,
    make: change(`backend: "s3://no-such-bucket?region=us-east-1&endpoint=127.0.0.1:9&disableSSL=true&s3ForcePathStyle=true",`),
    code: "STATE_UNREACHABLE",
    says: [/s3:\/\/no-such-bucket/, /dev\.base/],
    withinS: 60,
  },
  {
    name: "a state backend whose password makes it no URL, without a word of the password",
    onlyFull: true,
    make: change(`backend: "postgres://ann:hunter22/x@127.0.0.1:9/states",`),
    code: "CONFIG_INVALID",
    says: [/^(?![\s\S]*hunter22)/, /backend/],
  },
  {
    name: "a state backend that is not there, without a word of its password",
    onlyFull: true,
    make: change(`backend: "postgres://ann:hunter22@127.0.0.1:9/states",`),
    code: "STATE_UNREACHABLE",
    says: [/^(?![\s\S]*hunter22)/, /127\.0\.0\.1:9/],
  },
  {
    name: "a state backend that takes connections and says nothing",
    onlyFull: true,
    code: "STATE_UNREACHABLE",
    says: [/s3:\/\/quiet/],
    withinS: 60,
    make: async (world) => {
      const server = createServer(() => undefined);
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const address = server.address();
      await change(
        `backend: "s3://quiet?region=us-east-1&endpoint=127.0.0.1:${typeof address === "object" ? address?.port : 0}&disableSSL=true&s3ForcePathStyle=true",`,
      )(world);
      return () => void server.close();
    },
  },
  {
    name: "a state that is locked by someone else",
    onlyFull: true,
    make: lock,
    code: "STATE_LOCKED",
    says: [/bob@laptop/, /4242/, /pulumi cancel -s dev\.base/],
    also: isStillLocked,
  },
  {
    name: "a state that was cut off",
    onlyFull: true,
    make: async (world) => edited(world, (text) => text.slice(0, text.length / 2)),
    code: "STATE_CORRUPTED",
    says: [/dev\.base/, /pulumi stack import/],
  },
  { name: "a state that is empty", onlyFull: true, make: async (world) => edited(world, () => ""), code: "STATE_CORRUPTED", says: [/dev\.base/] },
  {
    name: "an operation that never ended and of which nobody can know how",
    code: "PENDING_OPERATIONS",
    says: [/creating urn:/, /dynamic:Resource::half/, /trueup recover dev base --exists/],
    make: async (world) =>
      edited(world, (text) => {
        const state = JSON.parse(text) as { checkpoint: { latest: Record<string, unknown> } };
        const resource = {
          urn: "urn:pulumi:dev.base::small-estate::pulumi-nodejs:dynamic:Resource::half",
          custom: true,
          type: "pulumi-nodejs:dynamic:Resource",
          inputs: {},
          parent: "urn:pulumi:dev.base::small-estate::pulumi:pulumi:Stack::small-estate-dev.base",
        };
        state.checkpoint.latest["pending_operations"] = [{ resource, type: "creating" }];
        return JSON.stringify(state);
      }),
  },
  {
    name: "a passphrase that is not given",
    onlyFull: true,
    make: change(`secrets: { provider: "passphrase", from: { env: "NO_SUCH_PASSPHRASE" } },`),
    code: "SECRETS_UNREADABLE",
    says: [/NO_SUCH_PASSPHRASE/, /environments\/dev\/environment\.ts/],
  },
  {
    name: "a passphrase that is not the right one",
    onlyFull: true,
    make: change(`secrets: { provider: "passphrase", from: { command: ["echo", "wrong"] } },`),
    code: "SECRETS_UNREADABLE",
    says: [/passphrase/, /dev\.base/],
  },
  {
    name: "a plugin that is missing, without a download",
    onlyFull: true,
    code: "PLUGIN_MISSING",
    says: [/random/, /pulumi plugin install/],
    withinS: 30,
    args: ["preview", "new"],
    make: async (world) => {
      await merge(world, {
        "environments/new/environment.ts": environmentFile(baseStack, `secrets: { provider: "passphrase", from: { command: ["echo", "x"] } },`)
          .replace('"sandbox"', '"real"')
          .replace("env/dev", "env/new"),
      });
      await git(world, "push", "--quiet", "origin", "HEAD:refs/heads/env/new");
    },
  },
  {
    name: "an engine that is not there",
    make: change(""),
    call: () => ({ variables: { TRUEUP_ENGINE: "/nowhere/pulumi" } }),
    code: "ENGINE_MISSING",
    says: [/pulumi/],
  },
];
