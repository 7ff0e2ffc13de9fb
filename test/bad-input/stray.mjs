// Loaded before trueup by a test (--import): goes wrong on its own, where no code of a command would catch it.
import { registerHooks } from "node:module";
import process from "node:process";

const how = process.env["STRAY"];
const isCommandLine = process.argv[1]?.endsWith("doors/cli/main.ts");
const wrong = () => new Error("a stray that nobody caught");

if (isCommandLine && how === "killed") process.kill(process.pid, "SIGINT");
if (isCommandLine && how === "interrupt") {
  let isSent = false;
  registerHooks({
    load(url, context, next) {
      if (!isSent && url.includes("/doors/cli/commands/")) {
        isSent = true;
        process.kill(process.pid, "SIGINT");
      }
      return next(url, context);
    },
  });
}
if (isCommandLine && (how === "rejection" || how === "exception")) {
  const write = process.stderr.write.bind(process.stderr);
  let isDone = false;
  process.stderr.write = (chunk, ...rest) => {
    const said = write(chunk, ...rest);
    if (!isDone && String(chunk).includes("base: applying")) {
      isDone = true;
      if (how === "rejection") void Promise.reject(wrong());
      else
        setTimeout(() => {
          throw wrong();
        }, 0);
    }
    return said;
  };
}
if (isCommandLine && how === "unsettled") {
  registerHooks({
    load: (url, context, next) =>
      url.endsWith("/commands/version.ts")
        ? { format: "module", shortCircuit: true, source: "export const versionCommand = await new Promise(() => undefined);" }
        : next(url, context),
  });
}
