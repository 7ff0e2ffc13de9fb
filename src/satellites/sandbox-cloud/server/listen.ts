import grpc from "@grpc/grpc-js";
import service from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import { handlers, type Host } from "./handlers.ts";

/** Messages hold whole objects, and assets' texts. */
const largestMessage = 400 * 1024 * 1024;

export interface Listening {
  readonly port: number;
  /** Lets running calls end, for at most a second. */
  close(): Promise<void>;
}

export async function listen(host: Host): Promise<Listening> {
  const server = new grpc.Server({ "grpc.max_receive_message_length": largestMessage, "grpc.max_send_message_length": largestMessage });
  server.addService(service.ResourceProviderService, handlers(host));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => (error === null ? resolve(bound) : reject(error)));
  });
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        const timer = setTimeout(() => {
          server.forceShutdown();
          resolve();
        }, 1000);
        server.tryShutdown(() => {
          clearTimeout(timer);
          resolve();
        });
      }),
  };
}
