import type { UntypedServiceImplementation, sendUnaryData } from "@grpc/grpc-js";
import languagePb from "@pulumi/pulumi/proto/language_pb.js";
import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import type { Children } from "./children.ts";
import { programDependencies, requiredPackages } from "./packages.ts";
import { runPlugin } from "./run-plugin.ts";
import { runProgram } from "./run-program.ts";
import type { HostSettings } from "./settings.ts";
import { unary, unimplemented } from "./unary.ts";

function about() {
  const answer = new languagePb.AboutResponse();
  answer.setExecutable(process.execPath);
  answer.setVersion(process.version);
  answer.getMetadataMap().set("host", "trueup program host");
  return answer;
}

/** How many engine addresses of attached engines are remembered; each lives as long as one command. */
const rememberedEngines = 256;

/** The LanguageRuntime service. All state of a call is in the call: many engines share one host. */
export function languageService(settings: HostSettings, children: Children): UntypedServiceImplementation {
  // An attached engine says its address in Handshake and calls Run on the same connection.
  const engines = new Map<string, string>();
  const engineOf = (peer: string): string | undefined => engines.get(peer) ?? settings.engine;
  const notDone = (_: unknown, reply: sendUnaryData<never>): void => reply(unimplemented);
  return {
    handshake: unary((request: languagePb.LanguageHandshakeRequest, call) => {
      engines.delete(call.getPeer());
      engines.set(call.getPeer(), request.getEngineAddress());
      for (const oldest of [...engines.keys()].slice(0, Math.max(0, engines.size - rememberedEngines))) engines.delete(oldest);
      return new languagePb.LanguageHandshakeResponse();
    }),
    getPluginInfo: unary(() => new pluginPb.PluginInfo().setVersion("0.1.0")),
    about: unary(about),
    getRequiredPackages: unary((request: languagePb.GetRequiredPackagesRequest) => {
      const list = requiredPackages(request.getInfo()?.getProgramDirectory() ?? "").map((found) =>
        new pluginPb.PackageDependency().setKind("resource").setName(found.name).setVersion(found.version).setServer(found.server),
      );
      return new languagePb.GetRequiredPackagesResponse().setPackagesList(list);
    }),
    getRequiredPlugins: unary((request: languagePb.GetRequiredPluginsRequest) => {
      const list = requiredPackages(request.getInfo()?.getProgramDirectory() ?? request.getPwd()).map((found) =>
        new pluginPb.PluginDependency().setKind("resource").setName(found.name).setVersion(found.version).setServer(found.server),
      );
      return new languagePb.GetRequiredPluginsResponse().setPluginsList(list);
    }),
    getProgramDependencies: unary((request: languagePb.GetProgramDependenciesRequest) => {
      const list = programDependencies(request.getInfo()?.getProgramDirectory() ?? request.getPwd()).map((found) =>
        new languagePb.DependencyInfo().setName(found.name).setVersion(found.version),
      );
      return new languagePb.GetProgramDependenciesResponse().setDependenciesList(list);
    }),
    runtimeOptionsPrompts: unary(() => new languagePb.RuntimeOptionsResponse()),
    installDependencies: (call: { write(message: languagePb.InstallDependenciesResponse): void; end(): void }): void => {
      const words = "trueup's program host installs nothing: run your package manager's install in the program's folder.\n";
      call.write(new languagePb.InstallDependenciesResponse().setStdout(Buffer.from(words)));
      call.end();
    },
    run: unary(async (request: languagePb.RunRequest, call) => {
      const cancelled = new AbortController();
      call.on("cancelled", () => cancelled.abort());
      // An engine that was given this host by `--client` never shakes hands: it says its address as the run's first argument.
      const [first = ""] = request.getArgsList();
      const engine = engineOf(call.getPeer()) ?? (/^[\w.[\]-]+:\d+$/.test(first) ? first : undefined);
      return await runProgram(request, { settings, children, engine, cancelled: cancelled.signal });
    }),
    runPlugin: (call: Parameters<typeof runPlugin>[0]): void => void runPlugin(call, { settings, children }),
    cancel: unary(() => new emptyPb.Empty()),
    template: notDone,
    generateProgram: notDone,
    generateProject: notDone,
    generatePackage: notDone,
    pack: notDone,
    link: notDone,
  };
}
