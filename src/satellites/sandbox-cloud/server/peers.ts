import { settingOf, type Setting } from "../answers/place.ts";
import type { Caller } from "../operations/call.ts";
import type { JsonObject } from "../wire/json.ts";

interface Peer {
  setting: Setting | undefined;
  cancel: AbortController;
}

/** Runs of the engine come and go on one server; the oldest connections are forgotten beyond this. */
const mostPeers = 2000;

/**
 * Who is on which connection. Each provider instance of each run opens its own connection, and calls say nothing else about who sent them, so the
 * peer's address is the instance. Cancel comes at the end of every run: it must stop only its own.
 */
export class Peers {
  readonly #peers = new Map<string, Peer>();

  #of(address: string): Peer {
    const known = this.#peers.get(address);
    if (known !== undefined) return known;
    const peer: Peer = { setting: undefined, cancel: new AbortController() };
    this.#peers.set(address, peer);
    const oldest = this.#peers.size > mostPeers ? this.#peers.keys().next().value : undefined;
    if (oldest !== undefined) this.#peers.delete(oldest);
    return peer;
  }

  configure(address: string, pkg: string, config: JsonObject): Setting {
    const peer = this.#of(address);
    peer.setting = settingOf(pkg, config);
    return peer.setting;
  }

  /** The caller; one that was never configured (unknown configuration in a preview) is taken as configured with nothing. */
  caller(address: string, pkg: string): Caller {
    const peer = this.#of(address);
    const setting =
      peer.setting?.package === pkg ? peer.setting : settingOf(pkg, peer.setting === undefined || peer.setting.package !== pkg ? {} : peer.setting.config);
    return { setting, writer: `${process.pid} ${address}`, cancel: peer.cancel.signal };
  }

  cancel(address: string): void {
    const peer = this.#of(address);
    peer.cancel.abort();
    peer.cancel = new AbortController();
  }
}
