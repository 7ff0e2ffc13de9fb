import grpc from "@grpc/grpc-js";

/** The SDK's own limit: programs with large files in their inputs pass 4 MB, grpc's default, easily. */
const messageLimit = 400 * 1024 * 1024;

export const channelOptions = {
  "grpc.max_receive_message_length": messageLimit,
  "grpc.max_send_message_length": messageLimit,
} as const;

/** Binds a grpc server to a free port of the loopback interface. Rejects when it cannot. */
export async function listen(server: grpc.Server): Promise<number> {
  return await new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port);
      else reject(error);
    });
  });
}
