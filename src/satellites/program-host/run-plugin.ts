import type { ServerWritableStream } from "@grpc/grpc-js";
import languagePb from "@pulumi/pulumi/proto/language_pb.js";
import { startChild } from "./child-process.ts";
import { variablesOf, type PluginStream, type PluginSurroundings } from "./plugin-stream.ts";
import { servePolicyPack } from "./policy-pack.ts";
import type { Words } from "./words.ts";

async function runOther({ request, words, stopped }: PluginStream, at: PluginSurroundings): Promise<number> {
  const info = request.getInfo();
  const directory = info?.getProgramDirectory() ?? request.getProgram();
  const ended = await startChild({
    script: "plugin.ts",
    args: [
      "--cache",
      `${at.settings.cache}/compiled`,
      "--tsconfig",
      "tsconfig.json",
      ...request.getArgsList().slice(0, 1),
      directory,
      ...request.getArgsList().slice(1),
    ],
    cwd: directory,
    variables: { ...variablesOf(request.getEnvList()), NODE_COMPILE_CACHE: `${at.settings.cache}/v8` },
    isolated: true,
    nodeArguments: [],
    outputCap: at.settings.outputCap,
    words,
    children: at.children,
    stop: stopped,
  });
  return ended.exitCode ?? 1;
}

/**
 * Starts a plugin that is written for Node and streams its output to the engine: stdout's first line is the plugin's port.
 * The engine ends it by cancelling the stream.
 */
export async function runPlugin(call: ServerWritableStream<languagePb.RunPluginRequest, languagePb.RunPluginResponse>, at: PluginSurroundings): Promise<void> {
  const stop = new AbortController();
  call.on("cancelled", () => stop.abort());
  const write = (message: languagePb.RunPluginResponse): void => {
    if (!stop.signal.aborted) call.write(message);
  };
  const words: Words = {
    say: (line) => write(new languagePb.RunPluginResponse().setStdout(Buffer.from(`${line}\n`))),
    complain: (line) => write(new languagePb.RunPluginResponse().setStderr(Buffer.from(`${line}\n`))),
    close: async () => undefined,
  };
  const stream: PluginStream = { request: call.request, words, stopped: stop.signal };
  let exitCode = 1;
  try {
    exitCode = call.request.getKind() === "analyzer" ? await servePolicyPack(stream, at) : await runOther(stream, at);
  } catch (error) {
    words.complain(error instanceof Error ? error.message : String(error));
  }
  write(new languagePb.RunPluginResponse().setExitcode(exitCode));
  call.end();
}
