import grpc from "@grpc/grpc-js";
import languageGrpc from "@pulumi/pulumi/proto/language_grpc_pb.js";
import { chmodSync, mkdirSync } from "node:fs";
import { Children } from "./children.ts";
import { languageService } from "./language-service.ts";
import { untilUnneeded } from "./lifetime.ts";
import type { HostSettings } from "./settings.ts";

/** The SDK's own limit: programs with large files in their inputs pass 4 MB, grpc's default, easily. */
export const messageLimit = 400 * 1024 * 1024;

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

/** Serves until stdin closes, the parent dies or a signal says so; no program outlives it. */
export async function serve(settings: HostSettings): Promise<void> {
  mkdirSync(settings.cache, { recursive: true, mode: 0o700 });
  chmodSync(settings.cache, 0o700);
  const children = new Children();
  const server = new grpc.Server(channelOptions);
  server.addService(languageGrpc.LanguageRuntimeService, languageService(settings, children));
  const port = await listen(server);
  process.stdout.write(settings.mode === "serve" ? `{"port":${port}}\n` : `${port}\n`);
  await untilUnneeded(settings.mode);
  await children.killAll();
  server.forceShutdown();
  process.exit(0);
}
