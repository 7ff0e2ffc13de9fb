import languagePb from "@pulumi/pulumi/proto/language_pb.js";
import type { Children } from "./children.ts";
import { startChild, type ChildEnd } from "./child-process.ts";
import { engineWords, ownStreams, type Words } from "./words.ts";
import { nodeArguments, programArguments, programVariables } from "./program-run.ts";
import type { HostSettings } from "./settings.ts";

export interface RunSurroundings {
  readonly settings: HostSettings;
  readonly children: Children;
  /** Where the engine of this run listens; undefined when nobody said. */
  readonly engine: string | undefined;
  readonly cancelled: AbortSignal;
}

/** Node's exit code by which the SDK says "I have told the user already". */
const alreadyTold = 32;
/** See child/program.ts. */
const stuck = 13;

function failed(error: string): languagePb.RunResponse {
  return new languagePb.RunResponse().setError(error);
}

/**
 * Runs one program in a process of its own and answers what the engine must know:
 * nothing (it ended well), `bail` (it failed and the engine has the error already), or an error in words.
 * A process that ends without the shim's proof of completion did not end well, whatever its exit code: a program that calls
 * process.exit(0) half-way would otherwise have the engine delete every resource it did not come to.
 */
export async function runProgram(request: languagePb.RunRequest, at: RunSurroundings): Promise<languagePb.RunResponse> {
  const info = request.getInfo();
  const entry = info?.getEntryPoint() ?? request.getProgram();
  // An engine that started us reads our own streams; one that found us running does not.
  const words: Words = at.settings.mode === "language" && at.settings.engine === at.engine ? ownStreams() : engineWords(at.engine);
  const ended = await startChild({
    script: "program.ts",
    args: programArguments(request, at.settings.cache),
    cwd: request.getPwd(),
    variables: programVariables(request, at.engine, at.settings.cache),
    nodeArguments: nodeArguments(request),
    outputCap: at.settings.outputCap,
    words,
    children: at.children,
    stop: at.cancelled,
  });
  await words.close();
  return at.cancelled.aborted ? failed("the run was cancelled") : answer(ended, entry === "." ? "the program" : `the program ${entry}`);
}

function answer({ exitCode, signal, complete }: ChildEnd, program: string): languagePb.RunResponse {
  if (exitCode === alreadyTold) return new languagePb.RunResponse().setBail(true);
  if (signal !== undefined) return failed(`${program} was ended by ${signal}`);
  if (exitCode === stuck) return failed(`${program} ended before it was done: it waits for a promise that nothing settles any more`);
  // What throws has told its error and ends as `alreadyTold`. The SDK's own exit handler turns a 0 into a 1 when it sees promises under way: both are half-way.
  if (!complete)
    return failed(
      `${program} ended before it was done: it exited with code ${exitCode ?? "unknown"} half-way (process.exit?), so what it would still have declared is unknown`,
    );
  if (exitCode !== 0) return failed(`${program} exited with code ${exitCode ?? "unknown"}`);
  return new languagePb.RunResponse();
}
