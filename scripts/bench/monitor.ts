import grpc, { type sendUnaryData, type ServerUnaryCall } from "@grpc/grpc-js";
import engineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import enginePb from "@pulumi/pulumi/proto/engine_pb.js";
import providerPb from "@pulumi/pulumi/proto/provider_pb.js";
import resourceGrpc from "@pulumi/pulumi/proto/resource_grpc_pb.js";
import resourcePb from "@pulumi/pulumi/proto/resource_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";

/** Stands where the engine stands, so that only the program's side is measured: every resource is there at once, as a preview of no change would say. */
export interface Monitor {
  readonly address: string;
  /** Resources registered since the last time it was asked. */
  taken(): number;
  close(): void;
}

type Reply<T> = sendUnaryData<T>;

export async function startMonitor(): Promise<Monitor> {
  const server = new grpc.Server({ "grpc.max_receive_message_length": 64 * 1024 * 1024 });
  let count = 0;
  let root = "";
  const nothing = (_: unknown, reply: Reply<emptyPb.Empty>): void => reply(null, new emptyPb.Empty());
  server.addService(resourceGrpc.ResourceMonitorService, {
    supportsFeature: (_: unknown, reply: Reply<resourcePb.SupportsFeatureResponse>) =>
      reply(null, new resourcePb.SupportsFeatureResponse().setHassupport(true)),
    invoke: (_: unknown, reply: Reply<providerPb.InvokeResponse>) => reply(null, new providerPb.InvokeResponse()),
    registerResource: ({ request }: ServerUnaryCall<resourcePb.RegisterResourceRequest, unknown>, reply: Reply<resourcePb.RegisterResourceResponse>) => {
      count++;
      const urn = `urn:pulumi:bench::bench::${request.getType()}::${request.getName()}`;
      reply(
        null,
        new resourcePb.RegisterResourceResponse()
          .setUrn(urn)
          .setId(request.getCustom() ? request.getName() : "")
          .setObject(request.getObject()),
      );
    },
    registerResourceOutputs: nothing,
    signalAndWaitForShutdown: nothing,
  });
  server.addService(engineGrpc.EngineService, {
    log: nothing,
    getRootResource: (_: unknown, reply: Reply<enginePb.GetRootResourceResponse>) => reply(null, new enginePb.GetRootResourceResponse().setUrn(root)),
    setRootResource: ({ request }: ServerUnaryCall<enginePb.SetRootResourceRequest, unknown>, reply: Reply<enginePb.SetRootResourceResponse>) => {
      root = request.getUrn();
      reply(null, new enginePb.SetRootResourceResponse());
    },
    requirePulumiVersion: (_: unknown, reply: Reply<enginePb.RequirePulumiVersionResponse>) => reply(null, new enginePb.RequirePulumiVersionResponse()),
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => (error === null ? resolve(bound) : reject(error)));
  });
  return {
    address: `127.0.0.1:${port}`,
    taken: () => {
      const taken = count;
      count = 0;
      return taken;
    },
    close: () => server.forceShutdown(),
  };
}
