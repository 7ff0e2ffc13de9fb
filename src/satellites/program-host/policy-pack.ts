import grpc from "@grpc/grpc-js";
import analyzerGrpc from "@pulumi/pulumi/proto/analyzer_grpc_pb.js";
import analyzerPb from "@pulumi/pulumi/proto/analyzer_pb.js";
import { startChild } from "./child-process.ts";
import { deferred } from "./deferred.ts";
import { channelOptions, listen } from "./listen.ts";
import { variablesOf, type PluginStream, type PluginSurroundings } from "./plugin-stream.ts";
import { unary } from "./unary.ts";

/** A pack compiles and loads its SDK before it answers. */
const packStartMs = 60_000;

type Analyzer = InstanceType<typeof analyzerGrpc.AnalyzerClient>;
type StackFacts = analyzerPb.AnalyzerStackConfigureRequest;

function stackVariables(stack: StackFacts | undefined): Record<string, string> {
  if (stack === undefined) return {};
  const config: Record<string, string> = {};
  stack.getConfigMap().forEach((value: string, key: string) => {
    config[key] = value;
  });
  return {
    PULUMI_NODEJS_ORGANIZATION: stack.getOrganization(),
    PULUMI_NODEJS_PROJECT: stack.getProject(),
    PULUMI_NODEJS_STACK: stack.getStack(),
    PULUMI_NODEJS_DRY_RUN: String(stack.getDryRun()),
    PULUMI_CONFIG: JSON.stringify(config),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(stack.getConfigSecretKeysList()),
  };
}

/** Starts the pack's process; `client` answers once it says its port, `exitCode` when it is gone. */
function startPack(stack: StackFacts | undefined, { request, words, stopped }: PluginStream, at: PluginSurroundings) {
  const info = request.getInfo();
  const directory = info?.getProgramDirectory() ?? request.getProgram();
  const port = deferred<number>();
  let isUp = false;
  const complaints: string[] = [];
  const ended = startChild({
    script: "policy-pack.ts",
    args: ["--cache", `${at.settings.cache}/compiled`, "--tsconfig", "tsconfig.json", "--program", info?.getEntryPoint() ?? "."],
    cwd: directory,
    isolated: true,
    nodeArguments: [],
    outputCap: at.settings.outputCap,
    children: at.children,
    stop: stopped,
    variables: {
      ...variablesOf(request.getEnvList()),
      ...stackVariables(stack),
      PULUMI_NODEJS_TYPESCRIPT: "false",
      NODE_COMPILE_CACHE: `${at.settings.cache}/v8`,
    },
    words: {
      say: (line) => {
        if (!isUp && /^\d+$/.test(line)) {
          isUp = true;
          port.resolve(Number(line));
        } else {
          words.say(line);
        }
      },
      complain: (line) => {
        if (!isUp && complaints.length < 100) complaints.push(line);
        words.complain(line);
      },
      close: async () => undefined,
    },
  });
  ended.then(
    ({ exitCode }) =>
      port.reject(new Error(`the policy pack at ${directory} ended with code ${exitCode ?? "unknown"} before it answered: ${complaints.join("\n")}`)),
    (error: unknown) => port.reject(error instanceof Error ? error : new Error(String(error))),
  );
  const late = setTimeout(() => port.reject(new Error(`the policy pack at ${directory} did not answer within ${packStartMs / 1000} s`)), packStartMs);
  const client = port.promise
    .then((found) => new analyzerGrpc.AnalyzerClient(`127.0.0.1:${found}`, grpc.credentials.createInsecure(), channelOptions))
    .finally(() => clearTimeout(late));
  return { client, ended };
}

type Pack = ReturnType<typeof startPack>;

function forward(client: Analyzer, method: grpc.MethodDefinition<object, object>, request: object): Promise<object> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(method.path, method.requestSerialize, method.responseDeserialize, request, (error, response) => {
      if (error !== null) reject(error);
      else resolve(response ?? {});
    });
  });
}

/**
 * Serves one policy pack for one run and resolves to its exit code. The pack learns stack, project, config and dryRun from its environment,
 * which the engine says only in ConfigureStack, after it has connected: so the engine gets a stand-in first, and the pack starts
 * when it is known what to tell it.
 */
export async function servePolicyPack(stream: PluginStream, at: PluginSurroundings): Promise<number> {
  let pack: Pack | undefined;
  const started = deferred<Pack>();
  const start = (stack?: StackFacts): Pack => {
    pack ??= startPack(stack, stream, at);
    pack.client.catch(() => undefined);
    started.resolve(pack);
    return pack;
  };
  const server = new grpc.Server(channelOptions);
  const service: grpc.UntypedServiceImplementation = {};
  for (const [name, method] of Object.entries(analyzerGrpc.AnalyzerService)) {
    service[name] = unary(async (request: object) => await forward(await start().client, method, request));
  }
  service["handshake"] = unary(() => new analyzerPb.AnalyzerHandshakeResponse());
  service["configureStack"] = unary(async (request: StackFacts) => {
    await start(request).client;
    return new analyzerPb.AnalyzerStackConfigureResponse();
  });
  server.addService(analyzerGrpc.AnalyzerService, service);
  const port = await listen(server);
  stream.words.say(String(port));
  const stopped = new Promise<undefined>((resolve) => {
    stream.stopped.addEventListener("abort", () => resolve(undefined), { once: true });
    if (stream.stopped.aborted) resolve(undefined);
  });
  const running = await Promise.race([started.promise, stopped]);
  const ended = await (running === undefined ? undefined : running.ended);
  void running?.client.then(
    (client) => client.close(),
    () => undefined,
  );
  server.forceShutdown();
  return ended?.exitCode ?? 0;
}
