import { resolve } from "node:path";
import { Problem } from "../../base/problem/index.ts";
import { Secret } from "../../base/secret/index.ts";
import { quoted } from "./names.ts";

/** How to sign in over http. Reaches git by askpass only: never in a URL, an argument or a file. */
export interface Credentials {
  readonly username?: string;
  readonly password: Secret;
}

export interface Remote {
  /** What git is given: no password in it, ever. */
  readonly url: string;
  /** What a message may show: no user, no password, no query. */
  readonly shown: string;
  /** `https://host:port`, the only place the credentials may go; undefined when they do not apply (path, ssh). */
  readonly origin: string | undefined;
  readonly credentials: Credentials | undefined;
}

const scpLike = /^(?:[A-Za-z0-9._-]+@)?[A-Za-z0-9._-]+:(?!\/\/)[^\s:].*$/;

const unusable = /^$|^-|[\u0000-\u001f\u007f]/;

function refused(why: string): Problem {
  return new Problem("CONFIG_INVALID", {
    what: `the remote cannot be used: ${why}`,
    on: "the setting `remote`",
    todo: "Set it to an https:// or ssh:// URL, to host:path, or to the path of a repository.",
  });
}

/** Splits what a person configured into what git, messages and askpass may see of it. CONFIG_INVALID for anything else. */
export function parseRemote(remote: string, given: Credentials | undefined): Remote {
  if (unusable.test(remote)) throw refused('it is empty, starts with "-", or holds a control character');
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):(:|\/\/)/.exec(remote);
  if (scheme === null) return plainRemote(/^[/.]/.test(remote) || !scpLike.test(remote) ? resolve(remote) : remote);
  const [, written = "", mark] = scheme;
  const name = written.toLowerCase();
  if (mark === ":" || !["https", "http", "ssh", "file"].includes(name)) throw refused(`git would run or reach something else by ${quoted(`${name}:`)}`);
  if (!URL.canParse(remote)) throw refused("it is not a URL");
  const url = new URL(remote);
  if (name === "file") return plainRemote(url.href);
  return name === "ssh" ? sshRemote(url) : webRemote(url, given);
}

function plainRemote(url: string): Remote {
  return { url, shown: url, origin: undefined, credentials: undefined };
}

function sshRemote(url: URL): Remote {
  if (url.password !== "") throw refused("ssh takes no password in the URL");
  const shown = new URL(url.href);
  shown.username = "";
  return { url: url.href, shown: shown.href, origin: undefined, credentials: undefined };
}

function webRemote(url: URL, given: Credentials | undefined): Remote {
  const username = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  const bare = new URL(url.href);
  bare.username = bare.password = "";
  const shown = new URL(bare.href);
  shown.search = shown.hash = "";
  // A token alone is written in the user's place (https://TOKEN@host).
  const fromUrl = password !== "" ? { username, password: new Secret(password) } : username !== "" ? { username, password: new Secret(username) } : undefined;
  return { url: bare.href, shown: shown.href, origin: bare.origin, credentials: given ?? fromUrl };
}
