import { Problem } from "../../../base/problem/index.ts";
import type { Json, JsonObject } from "../wire/json.ts";
import { editObject } from "./edit.ts";
import { Faults, type Fault, type FaultRule } from "./faults.ts";
import { Ledger } from "./ledger.ts";
import { Objects } from "./objects.ts";
import type { CloudObject, LedgerEntry } from "./record.ts";
import { filtered, findObject, type ObjectFilter } from "./reference.ts";

/**
 * The sandbox cloud as a person reaches it from outside, while engines work on it: every call reads and writes the files, nothing is kept.
 * A reference is an id, `type id`, a urn or a logical name; one that fits no object or several throws CLOUD_OBJECT_UNKNOWN.
 */
export interface Cloud {
  list(filter?: ObjectFilter): readonly CloudObject[];
  show(ref: string, filter?: ObjectFilter): CloudObject;
  /** Changes the live object as somebody in the console would; `undefined` takes the member out. Returns the changed object. */
  set(ref: string, path: string, value: Json | undefined, filter?: ObjectFilter): CloudObject;
  /** "healthy", "unhealthy" or any other word; what is not "healthy" answers 503 at the console. */
  setHealth(ref: string, health: string, filter?: ObjectFilter): CloudObject;
  delete(ref: string, filter?: ObjectFilter): CloudObject;
  /** Every create, update and delete in order, without values. */
  ledger(): readonly LedgerEntry[];
  readonly fault: {
    add(rule: FaultRule): Fault;
    list(): readonly Fault[];
    /** One by id (CLOUD_OBJECT_UNKNOWN when there is none), or all. Returns how many went. */
    clear(id?: string): number;
  };
}

function byHand(ledger: Ledger, object: CloudObject, op: "update" | "delete", act: () => void): void {
  const end = ledger.begin({ op, actor: "hand", urn: object.createdBy, key: object });
  act();
  end("commit");
}

/** @param store the directory that the servers were given; it need not exist yet. */
export function openCloud(store: string): Cloud {
  const objects = new Objects(store);
  const ledger = new Ledger(store);
  const faults = new Faults(store);
  const change = (ref: string, filter: ObjectFilter | undefined, facts: (object: CloudObject) => Partial<Pick<CloudObject, "properties" | "health">>): CloudObject => {
    const object = findObject(objects, ref, filter);
    const changed: CloudObject = { ...object, ...facts(object), changedAt: new Date().toISOString(), revision: object.revision + 1 };
    byHand(ledger, object, "update", () => objects.put(changed));
    return changed;
  };
  return {
    list: (filter = {}) => [...filtered(objects, filter)],
    show: (ref, filter) => findObject(objects, ref, filter),
    set: (ref, path, value, filter) => change(ref, filter, (object): { readonly properties: JsonObject } => ({ properties: editObject(object.properties, path, value) })),
    setHealth: (ref, health, filter) => change(ref, filter, () => ({ health })),
    delete: (ref, filter) => {
      const object = findObject(objects, ref, filter);
      byHand(ledger, object, "delete", () => objects.remove(object));
      return object;
    },
    ledger: () => ledger.all(),
    fault: {
      add: (rule) => faults.add(rule),
      list: () => faults.list(),
      clear: (id) => {
        const gone = faults.clear(id);
        if (id !== undefined && gone === 0) throw new Problem("CLOUD_OBJECT_UNKNOWN", { what: `no fault has the id "${id}"`, on: "the sandbox cloud's faults", todo: "See them: trueup cloud fault list" });
        return gone;
      },
    },
  };
}
