import { parse, stringify } from "yaml";
import { Problem } from "../../../base/problem/index.ts";
import type { Scrubber } from "../../../base/secret/index.ts";
import { learn } from "../leaks.ts";
import { onStack } from "../problems.ts";
import type { StackSite } from "../port.ts";
import { isBag, isSecret, mentionsSecret } from "../wire.ts";
import { openKey, type PassphraseKey } from "./passphrase.ts";

/** What a program sees in place of every secret, where it is trusted with none. The same everywhere: then a secret that is only handed on does not look changed. */
export const withheldText = "[withheld]";

/** Deeper values than this do not come from programs. */
const deepest = 64;

type Open = (ciphertext: string) => string;

/** Every secret of a state under another key. */
function withSecrets(value: unknown, seal: Open, depth = 0): unknown {
  if (depth > deepest) throw new Error("a value lies too deep");
  if (isSecret(value)) return typeof value["ciphertext"] === "string" ? { ...value, ciphertext: seal(value["ciphertext"]) } : value;
  if (Array.isArray(value)) return value.map((item) => withSecrets(item, seal, depth + 1));
  return isBag(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withSecrets(item, seal, depth + 1)])) : value;
}

/** Every `secure: …` of a config file, at any depth, under another key. */
function withSecure(value: unknown, seal: Open, depth = 0): unknown {
  if (depth > deepest) throw new Error("a value lies too deep");
  if (Array.isArray(value)) return value.map((item) => withSecure(item, seal, depth + 1));
  if (!isBag(value)) return value;
  const { secure } = value;
  if (typeof secure === "string" && Object.keys(value).length === 1) return { secure: seal(secure) };
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withSecure(item, seal, depth + 1)]));
}

/** A value of a state as a program sees it that is trusted with no secret. */
export function withoutSecrets(value: unknown, depth = 0): unknown {
  if (depth > deepest) throw new Error("a value lies too deep");
  if (isSecret(value)) return { ...value, plaintext: JSON.stringify(withheldText) };
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, depth + 1));
  return isBag(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutSecrets(item, depth + 1)])) : value;
}

function saltIn(deployment: unknown): string | undefined {
  const providers = isBag(deployment) ? deployment["secrets_providers"] : undefined;
  const state = isBag(providers) && providers["type"] === "passphrase" ? providers["state"] : undefined;
  return isBag(state) && typeof state["salt"] === "string" ? state["salt"] : undefined;
}

export interface Carried {
  readonly site: StackSite;
  /** Is taught every secret that is carried. */
  readonly scrubber: Scrubber;
}

/**
 * Brings recorded state and config to where foreign code runs, under a key of that place alone: the environment's passphrase stays here. What the
 * program needs to be previewed is in it; the passphrase would also open everything else that was ever encrypted with it. With `withheld`, no
 * secret is carried at all, and none needs to be opened.
 */
export class Carrier {
  readonly #key: PassphraseKey;
  readonly #isWithheld: boolean;
  readonly #keys = new Map<string, Promise<PassphraseKey>>();

  constructor(key: PassphraseKey, secrets: "given" | "withheld") {
    this.#key = key;
    this.#isWithheld = secrets === "withheld";
  }

  /** The checkpoint of a file backend, of what `stack export` said; of a stack that is not there, an empty one. Raises SECRETS_UNREADABLE. */
  async state(name: string, exported: string | undefined, carried: Carried): Promise<string> {
    const read = exported === undefined ? undefined : (JSON.parse(exported) as { readonly version?: unknown; readonly deployment?: unknown });
    const deployment = isBag(read?.deployment) ? read.deployment : undefined;
    const secretsProviders = { type: "passphrase", state: { salt: this.#key.salt } };
    if (deployment === undefined) return JSON.stringify({ version: 3, checkpoint: { stack: name } });
    const open = mentionsSecret(exported ?? "") ? await this.#opening(saltIn(deployment), carried) : undefined;
    const seal = (ciphertext: string): string => {
      if (open === undefined) return this.#key.seal(JSON.stringify(withheldText));
      const plain = open(ciphertext);
      learn(JSON.parse(plain), carried.scrubber);
      return this.#key.seal(plain);
    };
    const latest = { ...(withSecrets(deployment, seal) as object), secrets_providers: secretsProviders };
    return JSON.stringify({ version: read?.version ?? 3, checkpoint: { stack: name, latest } });
  }

  /** A stack's config file; `salt`: the state's, for a file without one. */
  async config(text: string, salt: string | undefined, carried: Carried): Promise<string> {
    const { encryptionsalt, secretsprovider: _, encryptedkey: __, ...rest } = asBag(parse(text));
    const own = typeof encryptionsalt === "string" ? encryptionsalt : salt;
    const open = /\bsecure\b/.test(text) ? await this.#opening(own, carried) : undefined;
    const seal = (ciphertext: string): string => {
      const plain = open === undefined ? withheldText : open(ciphertext);
      if (open !== undefined) carried.scrubber.add(plain);
      return this.#key.seal(plain);
    };
    return stringify({ encryptionsalt: this.#key.salt, ...asBag(withSecure(rest, seal)) });
  }

  async #opening(salt: string | undefined, { site }: Carried): Promise<Open | undefined> {
    if (this.#isWithheld) return undefined;
    const refused = (why: string): Problem =>
      new Problem("SECRETS_UNREADABLE", {
        what: `the secrets of ${site.stack} could not be opened: ${why}`,
        on: onStack(site),
        todo: "Check the environment's passphrase (secrets.from).",
      });
    if (salt === undefined) throw refused("they are not encrypted with a passphrase");
    const opened = this.#keys.get(salt) ?? openKey(site.passphrase.reveal(), salt);
    this.#keys.set(salt, opened);
    const key = await opened.catch(() => {
      throw refused("incorrect passphrase");
    });
    return (ciphertext) => {
      try {
        return key.open(ciphertext);
      } catch {
        throw refused("a value was encrypted with another passphrase");
      }
    };
  }
}

function asBag(value: unknown): Readonly<Record<string, unknown>> {
  return isBag(value) ? value : {};
}
