import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openBacking } from "../../src/satellites/sandbox-cloud/server/backing.ts";
import { listen } from "../../src/satellites/sandbox-cloud/server/listen.ts";
import type { JsonObject } from "../../src/satellites/sandbox-cloud/wire/json.ts";
import { Connection, modules } from "../sandbox-cloud/client.ts";
import type { World } from "./world.ts";

/** What a cloud does that was asked before the engine died: the object of an operation that is still pending is made after all. */
export async function comesToBe(world: World, stack: string, urn: string): Promise<void> {
  const file = join(world.clone, `.trueup/state/.pulumi/stacks/small-estate/dev.${stack}.json`);
  const { checkpoint } = JSON.parse(await readFile(file, "utf8")) as {
    readonly checkpoint: {
      readonly latest: { readonly pending_operations?: readonly { readonly resource: { readonly urn: string; readonly inputs: JsonObject } }[] };
    };
  };
  const pending = checkpoint.latest.pending_operations?.find(({ resource }) => resource.urn === urn);
  if (pending === undefined) throw new Error(`nothing is pending for ${urn}`);
  const server = await listen({ backing: openBacking({ store: join(world.clone, ".trueup/cloud"), sdk: modules, cache: undefined }) });
  const connection = new Connection(server.port);
  await connection.configure("random");
  await connection.create(urn, pending.resource.inputs);
  connection.close();
  await server.close();
}
