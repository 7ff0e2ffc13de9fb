import { Problem } from "../../../base/problem/index.ts";
import type { Json } from "../wire/json.ts";
import { editObject } from "./edit.ts";
import { Faults, type Fault, type FaultRule } from "./faults.ts";
import { Ledger } from "./ledger.ts";
import { Objects } from "./objects.ts";
import type { CloudObject, LedgerEntry } from "./record.ts";
import { filtered, findObject, type ObjectFilter } from "./reference.ts";

/**
 * The sandbox cloud as a person reaches it from outside, while engines work on it: every call reads and writes the files, nothing is kept.
 * A reference is an id, `type id`, a urn or a logical name, looked for where the filter says; one that fits no object, or several, throws
 * CLOUD_OBJECT_UNKNOWN.
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

function byHand(ledger: Ledger, operation: { readonly object: CloudObject; readonly op: "update" | "delete" }, act: () => void): void {
  const { object, op } = operation;
  const end = ledger.begin({ op, actor: "hand", urn: object.createdBy, key: object });
  act();
  end("commit");
}

function clearFaults(faults: Faults, id: string | undefined): number {
  const gone = faults.clear(id);
  if (id === undefined || gone > 0) return gone;
  throw new Problem("CLOUD_OBJECT_UNKNOWN", {
    what: `no fault has the id "${id}"`,
    on: "the sandbox cloud's faults",
    todo: "See them: trueup cloud fault list",
  });
}

/** @param store the directory that the servers were given; it need not exist yet. */
export function openCloud(store: string): Cloud {
  const objects = new Objects(store);
  const ledger = new Ledger(store);
  const faults = new Faults(store);
  const change = (object: CloudObject, facts: Partial<Pick<CloudObject, "properties" | "health">>): CloudObject => {
    const changed: CloudObject = { ...object, ...facts, changedAt: new Date().toISOString(), revision: object.revision + 1 };
    byHand(ledger, { object, op: "update" }, () => objects.put(changed));
    return changed;
  };
  return {
    list: (filter = {}) => [...filtered(objects, filter)],
    show: (ref, filter) => findObject(objects, ref, filter),
    set: (ref, path, ...[value, filter]) => {
      const object = findObject(objects, ref, filter);
      return change(object, { properties: editObject(object.properties, path, value) });
    },
    setHealth: (ref, health, filter) => change(findObject(objects, ref, filter), { health }),
    delete: (ref, filter) => {
      const object = findObject(objects, ref, filter);
      byHand(ledger, { object, op: "delete" }, () => objects.remove(object));
      return object;
    },
    ledger: () => ledger.all(),
    fault: { add: (rule) => faults.add(rule), list: () => faults.list(), clear: (id) => clearFaults(faults, id) },
  };
}
