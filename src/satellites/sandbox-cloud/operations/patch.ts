import type { CloudObject } from "../store/record.ts";
import { isObject, type Draft, type Json, type JsonObject } from "../wire/json.ts";
import { open } from "../wire/special.ts";
import { CloudError, statuses, type Call } from "./call.ts";
import { identityOf } from "./identity.ts";

function merged(base: Json | undefined, over: Json): Json {
  if (!isObject(base) || !isObject(over)) return over;
  const result: Draft = { ...base };
  for (const [key, value] of Object.entries(over)) result[key] = merged(base[key], value);
  return result;
}

/** A Patch kind lays its fields over an object that must be there already. */
export function patchObject(call: Call, raw: JsonObject): CloudObject {
  const { plain, secrets } = open(raw);
  const { key } = identityOf(call, plain, 0);
  const live = call.backing.objects.get(key);
  if (live === undefined) throw new CloudError(statuses.notFound, `${key.type} "${key.id}" not found: a Patch changes an existing object`);
  const end = call.backing.ledger.begin({ op: "update", actor: "engine", urn: call.urn, writer: call.caller.writer, key });
  const properties = merged(live.properties, plain);
  const changed: CloudObject = {
    ...live,
    properties: isObject(properties) ? properties : live.properties,
    changedAt: new Date().toISOString(),
    revision: live.revision + 1,
    secrets: [...live.secrets, ...secrets],
  };
  call.backing.objects.put(changed);
  end("commit");
  return changed;
}
