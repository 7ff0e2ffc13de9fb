import type { JsonObject } from "../wire/json.ts";
import { open } from "../wire/special.ts";
import { CloudError, type Call } from "./call.ts";
import { keyOf } from "./identity.ts";
import { failAfter, strikeBefore } from "./strike.ts";

/** Takes the object away; one that is gone already is no failure. A Patch never takes away what it changed. */
export async function removeObject(call: Call, id: string, inputs: JsonObject): Promise<void> {
  if (call.type.startsWith("kubernetes:") && call.type.endsWith("Patch")) return;
  const key = keyOf(call, id, open(inputs).plain);
  const end = call.backing.ledger.begin({ op: "delete", actor: "engine", urn: call.urn, writer: call.caller.writer, key });
  let struck;
  let there;
  try {
    struck = await strikeBefore(call, "delete");
    there = call.backing.objects.remove(key);
  } catch (error) {
    end("fail", { why: error instanceof CloudError ? error.message : "failed" });
    throw error;
  }
  end("commit", there ? {} : { why: "it was gone already" });
  failAfter(struck);
}
