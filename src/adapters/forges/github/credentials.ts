import { createAppAuth } from "@octokit/auth-app";
import type { Clock } from "../../../base/clock/index.ts";
import { Problem } from "../../../base/problem/index.ts";
import { Secret, type Scrubber } from "../../../base/secret/index.ts";
import type { ForgeCredentials } from "../forge.ts";
import type { GitHubCall } from "./client.ts";
import { installation, installationToken } from "./schema.ts";

/** GitHub counts the hour by its own clock; a token is not used in its last minute. */
const spareMs = 60_000;

export interface Credentials {
  /** Value of the Authorization header. For an App it may have to be asked for: `call` pays for that. */
  header(call: GitHubCall): Promise<string>;
  /** After a 401: true when there is something newer to try. */
  renew(): boolean;
  /** What an App proves itself with, where it speaks as itself; undefined for plain tokens. */
  appHeader(): Promise<string> | undefined;
}

class PlainToken implements Credentials {
  readonly #token: Secret;
  constructor(token: Secret) {
    this.#token = token;
  }
  header(): Promise<string> {
    return Promise.resolve(`Bearer ${this.#token.reveal()}`);
  }
  renew(): boolean {
    return false;
  }
  appHeader(): undefined {
    return undefined;
  }
}

interface AppFacts {
  readonly id: string;
  readonly installation?: string;
  readonly privateKey: Secret;
}

class AppToken implements Credentials {
  readonly #app: AppFacts;
  readonly #clock: Clock;
  readonly #scrubber: Scrubber;
  #current: { readonly token: Secret; readonly until: number } | undefined;
  #asking: Promise<Secret> | undefined;

  constructor(app: AppFacts, clock: Clock, scrubber: Scrubber) {
    this.#app = app;
    this.#clock = clock;
    this.#scrubber = scrubber;
  }

  async header(call: GitHubCall): Promise<string> {
    if (this.#current !== undefined && this.#clock.now().getTime() < this.#current.until) return `Bearer ${this.#current.token.reveal()}`;
    this.#asking ??= this.#ask(call).finally(() => {
      this.#asking = undefined;
    });
    return `Bearer ${(await this.#asking).reveal()}`;
  }

  renew(): boolean {
    this.#current = undefined;
    return true;
  }

  async appHeader(): Promise<string> {
    try {
      const { token } = await createAppAuth({ appId: this.#app.id, privateKey: this.#app.privateKey.reveal() })({ type: "app" });
      this.#scrubber.add(token);
      return `Bearer ${token}`;
    } catch {
      throw new Problem("CONFIG_INVALID", {
        what: "the private key of the GitHub App cannot be used to sign",
        on: `GitHub App ${this.#app.id}`,
        todo: "Give the whole PEM file that GitHub made for the App, line ends included.",
      });
    }
  }

  async #ask(call: GitHubCall): Promise<Secret> {
    const asApp = { asApp: true, right: "the App installed in this repository" };
    const id = this.#app.installation ?? String((await call.read("GET /repos/{owner}/{repo}/installation", installation, asApp)).id);
    const answer = await call.write("POST /app/installations/{installation_id}/access_tokens", installationToken, {
      ...asApp,
      params: { installation_id: id },
      // A token more does no harm.
      repeatable: true,
    });
    this.#scrubber.add(answer.token);
    const token = new Secret(answer.token);
    this.#current = { token, until: Date.parse(answer.expires_at) - spareMs };
    return token;
  }
}

export function openCredentials(given: ForgeCredentials, clock: Clock, scrubber: Scrubber): Credentials {
  if ("app" in given) {
    scrubber.add(given.app.privateKey);
    return new AppToken(given.app, clock, scrubber);
  }
  scrubber.add(given.token);
  return new PlainToken(given.token);
}
