import provider from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import type { Empty } from "google-protobuf/google/protobuf/empty_pb.js";
import type {
  CheckRequest,
  CheckResponse,
  CreateRequest,
  CreateResponse,
  DeleteRequest,
  DiffRequest,
  DiffResponse,
  ReadRequest,
  ReadResponse,
  UpdateRequest,
  UpdateResponse,
} from "@pulumi/pulumi/proto/provider_pb.js";
import { checkInputs } from "../check/check.ts";
import { createObject, previewCreate } from "../operations/create.ts";
import { partsOfUrn, type Backing, type Call, type Caller } from "../operations/call.ts";
import { readObject } from "../operations/read.ts";
import { removeObject } from "../operations/remove.ts";
import { previewUpdate, updateObject } from "../operations/update.ts";
import { diffObjects, type ObjectDiff, type PropertyChange } from "../rules/diff.ts";
import { open } from "../wire/special.ts";
import { fromStruct, toStruct } from "../wire/struct.ts";

export interface Incoming {
  readonly backing: Backing;
  callerFor(pkg: string): Caller;
}

function callOf(incoming: Incoming, urn: string): Call {
  const { type, name } = partsOfUrn(urn);
  return { backing: incoming.backing, caller: incoming.callerFor(type.split(":")[0] ?? ""), urn, type, name };
}

const modes = ["propose", "enforce", "disable"] as const;

export function check(incoming: Incoming, request: CheckRequest): CheckResponse {
  const call = callOf(incoming, request.getUrn());
  const raw = fromStruct(request.getNews());
  const autonaming = request.getAutonaming();
  const { inputs, failures } = checkInputs({
    catalog: incoming.backing.catalog,
    type: call.type,
    name: call.name,
    raw,
    inputs: open(raw).plain,
    before: request.hasOlds() ? open(fromStruct(request.getOlds())).plain : undefined,
    seed: Buffer.from(request.getRandomseed_asU8()).toString("hex") || call.urn,
    proposed: autonaming === undefined ? undefined : { name: autonaming.getProposedName(), mode: modes[autonaming.getMode()] ?? "propose" },
  });
  const response = new provider.CheckResponse();
  response.setInputs(toStruct(inputs));
  for (const failure of failures) {
    const wire = new provider.CheckFailure();
    wire.setProperty(failure.property);
    wire.setReason(failure.reason);
    response.addFailures(wire);
  }
  return response;
}

const kinds = provider.PropertyDiff.Kind;
const kindNumbers = {
  add: [kinds.ADD, kinds.ADD_REPLACE],
  delete: [kinds.DELETE, kinds.DELETE_REPLACE],
  update: [kinds.UPDATE, kinds.UPDATE_REPLACE],
} as const;

function propertyDiff(change: PropertyChange): InstanceType<typeof provider.PropertyDiff> {
  const wire = new provider.PropertyDiff();
  wire.setKind(kindNumbers[change.kind][change.replaces === undefined ? 0 : 1]);
  wire.setInputdiff(true);
  return wire;
}

function diffResponse(diff: ObjectDiff): DiffResponse {
  const response = new provider.DiffResponse();
  const { DIFF_NONE, DIFF_SOME } = provider.DiffResponse.DiffChanges;
  response.setChanges(diff.changes.length === 0 ? DIFF_NONE : DIFF_SOME);
  response.setDiffsList([...diff.changed]);
  response.setReplacesList([...diff.replacing]);
  response.setDeletebeforereplace(diff.deleteFirst);
  response.setHasdetaileddiff(true);
  const detailed = response.getDetaileddiffMap();
  for (const change of diff.changes) detailed.set(change.spelled, propertyDiff(change));
  return response;
}

export function diff(incoming: Incoming, request: DiffRequest): DiffResponse {
  const call = callOf(incoming, request.getUrn());
  const before = open(fromStruct(request.getOldInputs() ?? request.getOlds())).plain;
  const declaration = incoming.backing.catalog.resource(call.type);
  return diffResponse(
    diffObjects({
      type: call.type,
      before,
      after: open(fromStruct(request.getNews())).plain,
      ignore: request.getIgnorechangesList(),
      documented: declaration?.replaceDocumented ?? [],
    }),
  );
}

export async function create(incoming: Incoming, request: CreateRequest): Promise<CreateResponse> {
  const call = callOf(incoming, request.getUrn());
  const raw = fromStruct(request.getProperties());
  const made = request.getPreview() ? previewCreate(call, raw) : await createObject(call, raw);
  const response = new provider.CreateResponse();
  response.setId(made.id);
  response.setProperties(toStruct(made.properties));
  return response;
}

export async function read(incoming: Incoming, request: ReadRequest): Promise<ReadResponse> {
  const call = callOf(incoming, request.getUrn());
  const found = await readObject(call, { id: request.getId(), inputs: fromStruct(request.getInputs()), properties: fromStruct(request.getProperties()) });
  const response = new provider.ReadResponse();
  if (found === undefined) return response;
  response.setId(found.id);
  response.setProperties(toStruct(found.properties));
  response.setInputs(toStruct(found.inputs));
  return response;
}

export async function update(incoming: Incoming, request: UpdateRequest): Promise<UpdateResponse> {
  const call = callOf(incoming, request.getUrn());
  const facts = {
    id: request.getId(),
    olds: fromStruct(request.getOlds()),
    oldInputs: fromStruct(request.getOldInputs()),
    news: fromStruct(request.getNews()),
  };
  const response = new provider.UpdateResponse();
  response.setProperties(toStruct(request.getPreview() ? await previewUpdate(call, facts) : await updateObject(call, facts)));
  return response;
}

export async function remove(incoming: Incoming, request: DeleteRequest): Promise<Empty> {
  const call = callOf(incoming, request.getUrn());
  await removeObject(call, request.getId(), fromStruct(request.getOldInputs() ?? request.getProperties()));
  return new empty.Empty();
}
