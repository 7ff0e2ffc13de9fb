import type { ServerWritableStream } from "@grpc/grpc-js";
import type languagePb from "@pulumi/pulumi/proto/language_pb.js";
import type { Children } from "./children.ts";
import type { HostSettings } from "./settings.ts";

export function runPlugin(
  call: ServerWritableStream<languagePb.RunPluginRequest, languagePb.RunPluginResponse>,
  _at: { readonly settings: HostSettings; readonly children: Children },
): void {
  call.emit("error", { code: 12, message: "not yet" });
}
