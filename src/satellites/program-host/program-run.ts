import type languagePb from "@pulumi/pulumi/proto/language_pb.js";

function config(request: languagePb.RunRequest): Record<string, string> {
  const values: Record<string, string> = {};
  request.getConfigMap().forEach((value, key) => {
    values[key] = value;
  });
  return values;
}

/**
 * What the SDK reads from its environment. Several copies of the SDK may be loaded in one program: variables are the only
 * place that all of them look at.
 */
export function programVariables(request: languagePb.RunRequest, engine: string | undefined, cache: string): Record<string, string> {
  return {
    PULUMI_CONFIG: JSON.stringify(config(request)),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    PULUMI_NODEJS_ORGANIZATION: request.getOrganization(),
    PULUMI_NODEJS_PROJECT: request.getProject(),
    PULUMI_NODEJS_ROOT_DIRECTORY: request.getInfo()?.getRootDirectory() ?? "",
    PULUMI_NODEJS_STACK: request.getStack(),
    PULUMI_NODEJS_DRY_RUN: String(request.getDryrun()),
    PULUMI_NODEJS_PARALLEL: String(request.getParallel()),
    PULUMI_NODEJS_MONITOR: request.getMonitorAddress(),
    PULUMI_NODEJS_ENGINE: engine ?? "",
    // The compile hook does what ts-node would do; ts-node itself must stay out.
    PULUMI_NODEJS_TYPESCRIPT: "false",
    NODE_COMPILE_CACHE: `${cache}/v8`,
  };
}

/** argv of child/program.ts. */
export function programArguments(request: languagePb.RunRequest, cache: string): readonly string[] {
  const info = request.getInfo();
  const options: Record<string, unknown> = info?.getOptions()?.toJavaScript() ?? {};
  const tsconfig = typeof options["tsconfig"] === "string" ? options["tsconfig"] : "tsconfig.json";
  return ["--cache", `${cache}/compiled`, "--tsconfig", tsconfig, "--program", info?.getEntryPoint() ?? request.getProgram()];
}

/** The project's `runtime.options.nodeargs`: flags for Node itself. */
export function nodeArguments(request: languagePb.RunRequest): readonly string[] {
  const options: Record<string, unknown> = request.getInfo()?.getOptions()?.toJavaScript() ?? {};
  const { nodeargs } = options;
  return typeof nodeargs === "string" ? nodeargs.split(/\s+/).filter((arg) => arg !== "") : [];
}
