import { createRequire } from "node:module";
import { join } from "node:path";
import { installCompiler } from "./compiler.ts";

/**
 * Runs a plugin written in TypeScript (a component provider of a project's own) by the SDK's own `cmd/run-plugin`.
 * argv is `--cache DIR --tsconfig FILE ENGINE PROGRAM`, the working directory is the plugin's folder.
 */
const [node = "node", script = "plugin", , cache = "", , tsconfig = "tsconfig.json", ...rest] = process.argv;
installCompiler({ cache, tsconfig });
process.argv = [node, script, ...rest];
createRequire(join(process.cwd(), "plugin.js"))("@pulumi/pulumi/cmd/run-plugin");
