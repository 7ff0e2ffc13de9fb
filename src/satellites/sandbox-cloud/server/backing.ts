import { mkdirSync } from "node:fs";
import { Catalog } from "../catalog/catalog.ts";
import { Faults } from "../store/faults.ts";
import { Generations } from "../store/generations.ts";
import { Ledger } from "../store/ledger.ts";
import { Objects } from "../store/objects.ts";
import type { Backing } from "../operations/call.ts";

/** @param sdk a node_modules directory. @param cache where to remember what the SDKs declare; undefined: nowhere. */
export function openBacking(places: { readonly store: string; readonly sdk: string; readonly cache?: string | undefined }): Backing {
  mkdirSync(places.store, { recursive: true });
  const { store } = places;
  return {
    store,
    catalog: new Catalog(places.sdk, places.cache),
    objects: new Objects(store),
    ledger: new Ledger(store),
    generations: new Generations(store),
    faults: new Faults(store),
  };
}
