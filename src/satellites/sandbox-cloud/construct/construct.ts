import provider from "@pulumi/pulumi/proto/provider_pb.js";
import type { ConstructRequest, ConstructResponse } from "@pulumi/pulumi/proto/provider_pb.js";
import { CloudError, statuses, type Backing, type Caller } from "../operations/call.ts";
import { textAt, type Json, type JsonObject } from "../wire/json.ts";
import { open, resourceSignature, signatureKey, unknown } from "../wire/special.ts";
import { fromStruct, toStruct } from "../wire/struct.ts";
import { childOf, manifestsOf } from "./manifests.ts";
import { Monitor } from "./monitor.ts";
import { standInOutputs } from "./standIn.ts";

interface Facts {
  readonly backing: Backing;
  readonly caller: Caller;
  readonly monitor: Monitor;
  readonly request: ConstructRequest;
  readonly urn: string;
  readonly inputs: JsonObject;
}
type Builder = (facts: Facts) => JsonObject | Promise<JsonObject>;

/** Children registered at once; the engine has its own limit of parallel work behind it. */
const mostAtOnce = 16;

async function manifests(facts: Facts): Promise<JsonObject> {
  const { request, monitor, backing } = facts;
  const objects = manifestsOf(facts.inputs);
  if (objects === undefined) return { resources: unknown };
  const children = objects.map((object) => childOf(object, textAt(facts.inputs, "resourcePrefix") ?? request.getName()));
  const version = backing.catalog.version("kubernetes");
  const references: Json[] = [];
  for (let i = 0; i < children.length; i += mostAtOnce) {
    const made = await Promise.all(
      children.slice(i, i + mostAtOnce).map(async ({ type, name, object }) => {
        const inputs = { apiVersion: textAt(object, "apiVersion") ?? "v1", kind: textAt(object, "kind") ?? "", ...object };
        return monitor.register({ type, name, parent: facts.urn, custom: true, inputs, version, provider: request.getProvidersMap().get("kubernetes") });
      }),
    );
    references.push(...made.map(({ urn, id }) => ({ [signatureKey]: resourceSignature, urn, id: id === "" ? unknown : id, packageVersion: version ?? "" })));
  }
  return { resources: references };
}

function standIn(facts: Facts): JsonObject {
  const { backing, caller, request, inputs } = facts;
  return standInOutputs({ backing, caller, type: request.getType(), name: request.getName(), inputs });
}

function builderOf(type: string, backing: Backing): Builder {
  if (/^kubernetes:yaml\/v2:Config(File|Group)$/.test(type)) return manifests;
  if (backing.catalog.resource(type) !== undefined && !type.startsWith("kubernetes:")) return standIn;
  throw new CloudError(statuses.unimplemented, `the sandbox cloud cannot build the component ${type}: its provider would have to run`);
}

/** Registers a component of another language, its children where the sandbox knows them, and answers its outputs. */
export async function construct(host: { readonly backing: Backing; readonly caller: Caller }, request: ConstructRequest): Promise<ConstructResponse> {
  const type = request.getType();
  const build = builderOf(type, host.backing);
  const raw = fromStruct(request.getInputs());
  const monitor = new Monitor(request.getMonitorendpoint());
  try {
    const component = await monitor.register({
      type,
      name: request.getName(),
      parent: request.getParent(),
      custom: false,
      inputs: raw,
      dependencies: request.getDependenciesList(),
      protect: request.getProtect(),
    });
    const outputs = await build({ ...host, monitor, request, urn: component.urn, inputs: open(raw).plain });
    await monitor.outputs(component.urn, outputs);
    const response = new provider.ConstructResponse();
    response.setUrn(component.urn);
    response.setState(toStruct(outputs));
    return response;
  } finally {
    monitor.close();
  }
}
