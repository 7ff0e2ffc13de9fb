import { Command, CommanderError, Option } from "commander";
import { stringify } from "yaml";
import { asProblem, didYouMean, Problem } from "../../base/problem/index.ts";
import { thisMachine } from "../../base/process/index.ts";
import { envelope } from "../../domain/reports/index.ts";
import type { CommandContext, CommandResult, CommandSpec, Format, Given } from "./command.ts";
import { commands } from "./commands.ts";
import { listenForInterrupts } from "./interrupts.ts";
import { observeTerminal } from "./progress.ts";

interface GlobalFlags {
  readonly output: Format;
  readonly debug?: boolean;
  readonly directory?: string;
}

function contextOf(flags: GlobalFlags): CommandContext {
  const machine = thisMachine();
  const isTerminal = process.stdout.isTTY;
  const wantsColor = machine.variable("FORCE_COLOR") !== undefined || (isTerminal && machine.variable("NO_COLOR") === undefined);
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const width = process.stdout.columns ?? 120;
  return {
    machine,
    format: flags.output,
    color: wantsColor,
    width,
    debug: flags.debug === true,
    directory: flags.directory ?? process.cwd(),
    interrupts: listenForInterrupts(say),
    say,
    print: (text) => void process.stdout.write(text.endsWith("\n") ? text : `${text}\n`),
    observe: () => observeTerminal({ color: wantsColor, width, live: process.stderr.isTTY, write: (text) => void process.stderr.write(text) }),
  };
}

function show(context: CommandContext, result: CommandResult): void {
  if (context.format === "json") context.print(JSON.stringify(envelope(result.kind, result.data), undefined, 2));
  else if (context.format === "yaml") context.print(stringify(envelope(result.kind, result.data)));
  else if (result.text !== "") context.print(result.text);
}

/** Names and messages in them come from outside: none may break a line or steer the terminal. */
function threeLines(problem: Problem): string {
  return problem.lines.map((line) => line.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]+/gu, " ").trim()).join("\n");
}

function complain(context: CommandContext, thrown: unknown): number {
  const problem = asProblem(thrown, "trueup");
  if (context.format === "json" || context.format === "yaml") show(context, { exitCode: problem.exitCode, kind: "Error", data: problem, text: "" });
  context.say(threeLines(problem));
  if (context.debug && problem.detail !== undefined) context.say(problem.detail);
  return problem.exitCode;
}

function add(parent: Command, spec: CommandSpec, end: (code: number) => void): void {
  const command = parent.command(spec.name).description(spec.summary);
  for (const [name, what] of spec.args ?? []) command.argument(name, what);
  for (const [flags, what] of spec.flags ?? []) command.option(flags, what);
  for (const sub of spec.subcommands ?? []) add(command, sub, end);
  const run = spec.run?.bind(spec);
  if (run === undefined) return;
  command.action(async (...received: unknown[]) => {
    const args = received
      .slice(0, -2)
      .flat()
      .filter((arg) => typeof arg === "string");
    const context = contextOf(command.optsWithGlobals<GlobalFlags>());
    try {
      const result = await run(context, args, command.opts<Given>());
      show(context, result);
      if (result.problem !== undefined) context.say(threeLines(result.problem));
      end(result.exitCode);
    } catch (thrown) {
      end(complain(context, thrown));
    }
  });
}

const everywhere = ["--output", "--debug", "--directory", "--help"];

/** The words that are known where the command line went wrong: commands of that level, or flags of that command. */
function knownWords(code: string, argv: readonly string[]): string[] {
  let level = commands;
  let here: CommandSpec | undefined;
  for (const word of argv) {
    const found = level.find(({ name }) => name === word);
    if (found === undefined) continue;
    here = found;
    level = found.subcommands ?? [];
  }
  if (code === "commander.unknownCommand") return level.map(({ name }) => name);
  return code === "commander.unknownOption" ? [...(here?.flags ?? []).map(([flag]) => flag.split(" ")[0] ?? flag), ...everywhere] : [];
}

function usageProblem(error: CommanderError, argv: readonly string[]): Problem {
  const word = /'([^']+)'/.exec(error.message)?.[1];
  const hint = word === undefined ? "" : didYouMean(word, knownWords(error.code, argv));
  return new Problem("USAGE", {
    what: error.code === "commander.help" ? "no command was given" : error.message.replace(/^error: /, "").replaceAll("\n", " "),
    on: `trueup ${argv.join(" ")}`,
    todo: `See: trueup --help.${hint}`,
  });
}

async function main(argv: readonly string[]): Promise<number> {
  const program = new Command("trueup").description("GitOps for Pulumi: environment folders in git, previewed, applied and healed by the real engine");
  program.addOption(new Option("-o, --output <format>", "how results are printed").choices(["table", "wide", "json", "yaml"]).default("table"));
  program.option("--debug", "print what is known about a failure").option("-C, --directory <folder>", "the clone to work in (default: here)");
  program
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .showSuggestionAfterError(false);
  let exitCode = 0;
  for (const spec of commands) add(program, spec, (code) => (exitCode = code));
  const inherit = (command: Command): void =>
    command.commands.forEach((sub) =>
      inherit(
        sub
          .exitOverride()
          .configureOutput({ outputError: () => undefined })
          .showSuggestionAfterError(false) && sub,
      ),
    );
  inherit(program);
  try {
    await program.parseAsync([...argv], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    process.stderr.write(`${threeLines(usageProblem(error, argv))}\n`);
    return 2;
  }
  return exitCode;
}

const exitCode = await main(process.argv.slice(2));
// Everything is closed by now; a handle that somebody forgot must not keep the command alive. Pipes are emptied first.
process.stdout.write("", () => process.exit(exitCode));
