import type { UntypedServiceImplementation, handleUnaryCall } from "@grpc/grpc-js";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import type {
  CallRequest,
  CallResponse,
  CheckRequest,
  CheckResponse,
  ConstructRequest,
  ConfigureRequest,
  DiffRequest,
  DiffResponse,
  GetMappingRequest,
  GetSchemaRequest,
  InvokeRequest,
  InvokeResponse,
  ProviderHandshakeRequest,
} from "@pulumi/pulumi/proto/provider_pb.js";
import type { Empty } from "google-protobuf/google/protobuf/empty_pb.js";
import { answerInvoke } from "../answers/invokes.ts";
import { CloudError, partsOfUrn, statuses, type Backing } from "../operations/call.ts";
import { diffConfig } from "./config.ts";
import { ensureSeeded } from "../operations/seed.ts";
import type { Draft, JsonObject } from "../wire/json.ts";
import { open } from "../wire/special.ts";
import { fromStruct, toStruct } from "../wire/struct.ts";
import { wireError } from "./errors.ts";
import { Peers } from "./peers.ts";
import * as resource from "./resource.ts";

export interface Host {
  readonly backing: Backing;
  /** The package of a plugin process; a shared server learns it from Configure and the tokens. */
  readonly package?: string;
  readonly version?: string;
}

function configOf(request: ConfigureRequest): JsonObject {
  const config: Draft = {};
  request.getVariablesMap().forEach((value, key) => {
    config[key.split(":").at(-1) ?? key] = value;
  });
  return { ...config, ...open(fromStruct(request.getArgs())).plain };
}

function packageOf(request: ConfigureRequest, host: Host): string {
  const type = request.getType() ?? partsOfUrn(request.getUrn() ?? "").type;
  const fromVariables = [...request.getVariablesMap().keys()][0]?.split(":")[0];
  return host.package ?? type?.split(":")[2] ?? fromVariables ?? "";
}

function configured(): InstanceType<typeof provider.ConfigureResponse> {
  const response = new provider.ConfigureResponse();
  response.setAcceptsecrets(true);
  response.setSupportspreview(true);
  response.setSupportsAutonamingConfiguration(true);
  return response;
}

function checkConfig(request: CheckRequest): CheckResponse {
  const response = new provider.CheckResponse();
  response.setInputs(toStruct(fromStruct(request.getNews())));
  return response;
}

function invoke(incoming: resource.Incoming, request: InvokeRequest): InvokeResponse {
  const token = request.getTok();
  const caller = incoming.callerFor(token.split(":")[0] ?? "");
  const answer = answerInvoke({ backing: incoming.backing, caller, token, args: open(fromStruct(request.getArgs())).plain });
  const response = new provider.InvokeResponse();
  if ("failures" in answer) {
    for (const failure of answer.failures) {
      const wire = new provider.CheckFailure();
      wire.setProperty(failure.property);
      wire.setReason(failure.reason);
      response.addFailures(wire);
    }
    return response;
  }
  response.setReturn(toStruct(answer.result));
  return response;
}

type Unary = <Q, A>(work: (request: Q, incoming: resource.Incoming, address: string) => A | Promise<A>) => handleUnaryCall<Q, A>;

/** What the server says of itself. */
function self(host: Host, unary: Unary): UntypedServiceImplementation {
  let highest: string | undefined;
  return {
    getPluginInfo: unary(() => {
      const info = new plugin.PluginInfo();
      // On a shared server the engine does not say which package it asks for, and warns about every version lower than the SDK's.
      info.setVersion(host.version ?? (highest ??= host.backing.catalog.highestVersion()));
      return info;
    }),
    getSchema: unary((_request: GetSchemaRequest) => {
      const response = new provider.GetSchemaResponse();
      response.setSchema("{}");
      return response;
    }),
    getMapping: unary((_request: GetMappingRequest) => new provider.GetMappingResponse()),
    getMappings: unary(() => new provider.GetMappingsResponse()),
  };
}

/** Every RPC of the provider service that the sandbox answers; the others are UNIMPLEMENTED. */
export function handlers(host: Host): UntypedServiceImplementation {
  const peers = new Peers();
  const unary =
    <Q, A>(work: (request: Q, incoming: resource.Incoming, address: string) => A | Promise<A>): handleUnaryCall<Q, A> =>
    (call, reply) => {
      const address = call.getPeer();
      let isAnswered = false;
      // An engine that was killed says no Cancel: its connection goes, and what it had begun is finished at once. A call that has its answer says
      // nothing by being cancelled: on a busy machine an engine lets go of its answered calls late, beside others that it waits for.
      call.on("cancelled", () => {
        if (!isAnswered) peers.cancel(address);
      });
      const incoming = { backing: host.backing, callerFor: (pkg: string) => peers.caller(address, pkg) };
      const answer = async (): Promise<A> => work(call.request, incoming, address);
      const settled = answer().finally(() => (isAnswered = true));
      settled.then(
        (response) => reply(null, response),
        (error: unknown) => reply(wireError(error)),
      );
    };
  const nothing = (): Empty => new empty.Empty();
  return {
    handshake: unary((_request: ProviderHandshakeRequest) => {
      const response = new provider.ProviderHandshakeResponse();
      response.setAcceptSecrets(true);
      response.setSupportsAutonamingConfiguration(true);
      return response;
    }),
    attach: unary(nothing),
    ...self(host, unary),
    checkConfig: unary(checkConfig),
    diffConfig: unary((request: DiffRequest): DiffResponse => diffConfig(request)),
    configure: unary((request: ConfigureRequest, _incoming, address) => {
      const setting = peers.configure(address, packageOf(request, host), configOf(request));
      ensureSeeded(host.backing, setting);
      return configured();
    }),
    check: unary((request: CheckRequest, incoming) => resource.check(incoming, request)),
    diff: unary((request: DiffRequest, incoming) => resource.diff(incoming, request)),
    create: unary((request: Parameters<typeof resource.create>[1], incoming) => resource.create(incoming, request)),
    read: unary((request: Parameters<typeof resource.read>[1], incoming) => resource.read(incoming, request)),
    update: unary((request: Parameters<typeof resource.update>[1], incoming) => resource.update(incoming, request)),
    delete: unary((request: Parameters<typeof resource.remove>[1], incoming) => resource.remove(incoming, request)),
    construct: unary(async (request: ConstructRequest, incoming) => {
      const { construct } = await import("../construct/construct.ts");
      return construct({ backing: host.backing, caller: incoming.callerFor(request.getType().split(":")[0] ?? "") }, request);
    }),
    call: unary((request: CallRequest): CallResponse => {
      throw new CloudError(statuses.unimplemented, `the sandbox cloud cannot call the method ${request.getTok()}: its provider would have to run`);
    }),
    invoke: unary((request: InvokeRequest, incoming) => invoke(incoming, request)),
    cancel: unary((_request: Empty, _incoming, address) => {
      peers.cancel(address);
      return new empty.Empty();
    }),
  };
}
