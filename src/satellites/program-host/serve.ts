import grpc from "@grpc/grpc-js";
import languageGrpc from "@pulumi/pulumi/proto/language_grpc_pb.js";
import { chmodSync, mkdirSync } from "node:fs";
import { pruneCache } from "./cache-age.ts";
import { Children } from "./children.ts";
import { languageService } from "./language-service.ts";
import { channelOptions, listen } from "./listen.ts";
import { untilUnneeded } from "./lifetime.ts";
import type { HostSettings } from "./settings.ts";

const pruneAfterMs = 5_000;

/** Serves until stdin closes, the parent dies or a signal says so; no program outlives it. */
export async function serve(settings: HostSettings): Promise<void> {
  mkdirSync(settings.cache, { recursive: true, mode: 0o700 });
  chmodSync(settings.cache, 0o700);
  const children = new Children();
  const server = new grpc.Server(channelOptions);
  server.addService(languageGrpc.LanguageRuntimeService, languageService(settings, children));
  const port = await listen(server);
  process.stdout.write(settings.mode === "serve" ? `{"port":${port}}\n` : `${port}\n`);
  // Not at once: the first moments belong to the program.
  setTimeout(() => void pruneCache(settings.cache, Date.now()), pruneAfterMs).unref();
  await untilUnneeded(settings.mode);
  await children.killAll();
  server.forceShutdown();
  process.exit(0);
}
