import grpc from "@grpc/grpc-js";
import service from "@pulumi/pulumi/proto/resource_grpc_pb.js";
import resource from "@pulumi/pulumi/proto/resource_pb.js";
import type { RegisterResourceResponse } from "@pulumi/pulumi/proto/resource_pb.js";
import { fromStruct, toStruct } from "../wire/struct.ts";
import type { JsonObject } from "../wire/json.ts";

export interface NewResource {
  readonly type: string;
  readonly name: string;
  readonly parent: string;
  readonly custom: boolean;
  readonly inputs: JsonObject;
  readonly provider?: string | undefined;
  readonly version?: string | undefined;
  readonly dependencies?: readonly string[];
  readonly protect?: boolean | undefined;
}

export interface Registered {
  readonly urn: string;
  readonly id: string;
  readonly properties: JsonObject;
}

/** The engine's resource monitor: how a component's provider registers the component and its children. */
export class Monitor {
  readonly #client: InstanceType<typeof service.ResourceMonitorClient>;

  constructor(address: string) {
    this.#client = new service.ResourceMonitorClient(address, grpc.credentials.createInsecure());
  }

  async register(made: NewResource): Promise<Registered> {
    const request = new resource.RegisterResourceRequest();
    request.setType(made.type);
    request.setName(made.name);
    request.setParent(made.parent);
    request.setCustom(made.custom);
    request.setObject(toStruct(made.inputs));
    request.setAcceptsecrets(true);
    request.setAcceptresources(true);
    request.setSupportspartialvalues(true);
    request.setDependenciesList([...(made.dependencies ?? [])]);
    if (made.provider !== undefined) request.setProvider(made.provider);
    if (made.version !== undefined) request.setVersion(made.version);
    if (made.protect !== undefined) request.setProtect(made.protect);
    const response = await new Promise<RegisterResourceResponse>((resolve, reject) => {
      this.#client.registerResource(request, (error, answer) => (error === null ? resolve(answer) : reject(error)));
    });
    return { urn: response.getUrn(), id: response.getId(), properties: fromStruct(response.getObject()) };
  }

  async outputs(urn: string, outputs: JsonObject): Promise<void> {
    const request = new resource.RegisterResourceOutputsRequest();
    request.setUrn(urn);
    request.setOutputs(toStruct(outputs));
    await new Promise<void>((resolve, reject) => {
      this.#client.registerResourceOutputs(request, (error) => (error === null ? resolve() : reject(error)));
    });
  }

  close(): void {
    this.#client.close();
  }
}
