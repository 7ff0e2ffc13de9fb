import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Clock } from "../../base/clock/index.ts";
import { Problem } from "../../base/problem/index.ts";
import type { Machine } from "../../base/process/index.ts";
import { Secret, type Scrubber } from "../../base/secret/index.ts";
import { makeClone } from "../../adapters/git/index.ts";
import type { Watched } from "./agent.ts";
import { openGrounds } from "./repository.ts";
import type { AgentSettings, RepositorySettings, SecretPlace } from "./settings.ts";

export interface WatchedOptions {
  readonly machine: Machine;
  readonly clock: Clock;
  /** Paths of the settings are seen from here. */
  readonly directory: string;
  /** Learns every secret that is read. */
  readonly scrubber: Scrubber;
}

async function secretAt(place: SecretPlace, on: string, { machine, directory, scrubber }: WatchedOptions): Promise<string> {
  const { env, file } = place;
  const from = env === undefined ? `the file ${file}` : `the variable ${env}`;
  const text = env === undefined ? await readFile(resolve(directory, file ?? ""), "utf8").catch(() => undefined) : machine.variable(env);
  const value = text?.trim();
  if (value === undefined || value === "") {
    throw new Problem("CONFIG_INVALID", {
      what: `${from} is ${value === "" ? "empty" : "not there"}`,
      on,
      todo: "Put the secret there; it is looked for again with the next try.",
    });
  }
  scrubber.add(new Secret(value));
  return value;
}

/** Variables by which a forge and its sign-in are told: where settings say something of them, nothing of the process's own counts. */
const ofForge = [
  "TRUEUP_FORGE",
  "TRUEUP_FORGE_API",
  "TRUEUP_FORGE_REPOSITORY",
  "TRUEUP_FORGE_TOKEN",
  "TRUEUP_GITHUB_APP_ID",
  "TRUEUP_GITHUB_APP_KEY",
  "TRUEUP_GITHUB_APP_INSTALLATION",
  "GITHUB_TOKEN",
  "GITLAB_TOKEN",
] as const;
const ofGit = ["TRUEUP_GIT_TOKEN"] as const;

type Overlay = Record<string, string | undefined>;
const hidden = (names: readonly string[]): Overlay => Object.fromEntries(names.map((name) => [name, undefined]));

async function forgeOverlay(settings: RepositorySettings, options: WatchedOptions): Promise<Overlay> {
  const { forge, name } = settings;
  if (forge === undefined) return {};
  const on = `repository ${name}, forge`;
  const { app, token } = forge;
  return {
    ...hidden(ofForge),
    TRUEUP_FORGE: forge.kind,
    TRUEUP_FORGE_API: forge.api,
    TRUEUP_FORGE_REPOSITORY: forge.repository,
    ...(token === undefined ? {} : { TRUEUP_FORGE_TOKEN: await secretAt(token, `${on}.token`, options) }),
    ...(app === undefined
      ? {}
      : {
          TRUEUP_GITHUB_APP_ID: app.id,
          TRUEUP_GITHUB_APP_INSTALLATION: app.installation,
          TRUEUP_GITHUB_APP_KEY: await secretAt(app.key, `${on}.app.key`, options),
        }),
  };
}

/** The machine as this repository is to see it: its own forge and tokens, and nobody else's. */
export async function machineOf(settings: RepositorySettings, options: WatchedOptions, isAlone: boolean): Promise<Machine> {
  const { git, name } = settings;
  const overlay: Overlay = {
    // One name cannot be that of several repositories.
    ...(isAlone ? {} : hidden(["TRUEUP_FORGE_REPOSITORY"])),
    ...(await forgeOverlay(settings, options)),
    ...(git === undefined ? {} : { ...hidden(ofGit), TRUEUP_GIT_TOKEN: await secretAt(git.token, `repository ${name}, git.token`, options) }),
  };
  const { machine } = options;
  return { ...machine, variable: (wanted) => (Object.hasOwn(overlay, wanted) ? overlay[wanted] : machine.variable(wanted)) };
}

const isClone = (path: string): boolean => existsSync(join(path, ".git"));

/** A clone is worked in where it is; of an address a clone is kept that holds no files. */
async function directoryOf({ at, name }: RepositorySettings, { data, options }: { readonly data: string; readonly options: WatchedOptions }): Promise<string> {
  const path = resolve(options.directory, at);
  if (isClone(path)) return path;
  const isPath = !/^[A-Za-z][A-Za-z0-9+.-]*:\/\/|^[^/]+:/.test(at);
  const directory = join(data, name.replaceAll("/", "--"));
  await makeClone(directory, isPath ? path : at, options.machine);
  return directory;
}

/** The repositories of an agent's settings. Nothing is opened yet; secrets are read each time one is. */
export function watchedOf(settings: AgentSettings, options: WatchedOptions): readonly Watched[] {
  const data = settings.data === undefined ? join(options.machine.cache, "agent") : resolve(options.directory, settings.data);
  const isAlone = settings.repositories.length === 1;
  return settings.repositories.map((one) => ({
    name: one.name,
    environments: one.environments,
    open: async () => {
      const machine = await machineOf(one, options, isAlone);
      const directory = await directoryOf(one, { data, options });
      return openGrounds({ directory, environments: one.environments, machine, clock: options.clock });
    },
  }));
}
