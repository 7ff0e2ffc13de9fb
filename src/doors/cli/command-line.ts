import { isatty } from "node:tty";
import { Command, CommanderError, Option } from "commander";
import { asProblem, didYouMean, Problem } from "../../base/problem/index.ts";
import { thisMachine } from "../../base/process/index.ts";
import { envelope } from "../../domain/reports/index.ts";
import type { CommandContext, CommandResult, CommandSpec, Format, Given } from "./command.ts";
import { commandNames, commandsFor } from "./commands.ts";
import type { Interrupts } from "./interrupts.ts";
import { inCi, tellCi, tellCiProblem } from "./in-ci.ts";
import { observeTerminal } from "./progress.ts";
import type { Strays } from "./strays.ts";
import { threeLines } from "./three-lines.ts";

/** What was set up before anything of the command line was loaded. */
export interface Standing {
  readonly interrupts: Interrupts;
  readonly strays: Strays;
  readonly say: (text: string) => void;
}

interface GlobalFlags {
  readonly output: Format;
  readonly debug?: boolean;
  readonly directory?: string;
}

function contextOf(flags: GlobalFlags, { interrupts, say }: Standing): CommandContext {
  const machine = thisMachine();
  // Node has no `isTTY` at all on what is none, and who is told nothing of colours decides by itself: in a CI job, for them.
  const isTerminal = isatty(1);
  const wantsColor = machine.variable("FORCE_COLOR") !== undefined || (isTerminal && machine.variable("NO_COLOR") === undefined);
  const width = process.stdout.columns ?? 120;
  return {
    machine,
    format: flags.output,
    color: wantsColor,
    width,
    debug: flags.debug === true,
    directory: flags.directory ?? process.cwd(),
    interrupts,
    say,
    print: (text) => void process.stdout.write(text.endsWith("\n") ? text : `${text}\n`),
    observe: () => observeTerminal({ color: wantsColor, width, live: process.stderr.isTTY, write: (text) => void process.stderr.write(text) }),
  };
}

/** Where a CI host would read a command in it, its JSON form, which is YAML too and can say the same in escapes. */
async function yamlOf({ ci }: CommandContext, value: unknown): Promise<string> {
  const { stringify } = await import("yaml");
  const text = stringify(value);
  return ci === undefined || ci.harmless(text) === text ? text : JSON.stringify(value, undefined, 2);
}

async function show(context: CommandContext, result: CommandResult): Promise<void> {
  if (context.format === "json") context.print(JSON.stringify(envelope(result.kind, result.data), undefined, 2));
  else if (context.format === "yaml") context.print(await yamlOf(context, envelope(result.kind, result.data)));
  else if (result.text !== "") context.print(result.text);
}

async function complain(context: CommandContext, thrown: unknown): Promise<number> {
  const problem = asProblem(thrown, "trueup");
  if (context.format === "json" || context.format === "yaml") await show(context, { exitCode: problem.exitCode, kind: "Error", data: problem, text: "" });
  context.say(threeLines(problem));
  tellCiProblem(context, problem);
  if (context.debug && problem.detail !== undefined) context.say(problem.detail);
  return problem.exitCode;
}

/** A Ctrl-C may have come while the commands were loaded: then none of them begins. */
function refuseInterrupted({ interrupts }: CommandContext, argv: readonly string[]): void {
  if (!interrupts.signal.aborted) return;
  throw new Problem("CANCELLED", {
    what: "cancelled before it began",
    on: `trueup ${argv.join(" ")}`,
    todo: "Nothing was touched. Run the same command again.",
  });
}

interface Surroundings {
  readonly argv: readonly string[];
  readonly standing: Standing;
  end(code: number): void;
}

/**
 * The flags of a command. Where the command above it has flags too, the parser hands that one all it knows: those of a name that both have are
 * meant for the lower one, and others are unknown to it.
 */
function givenTo(command: Command): Given {
  const above = command.parent?.parent === null ? {} : (command.parent?.opts<Given>() ?? {});
  const own = new Set(command.options.map((option) => option.attributeName()));
  const stranger = Object.keys(above).find((name) => !own.has(name));
  if (stranger !== undefined) command.error(`error: unknown option '--${stranger}'`, { code: "commander.unknownOption" });
  return { ...above, ...command.opts<Given>() };
}

function add(parent: Command, spec: CommandSpec, around: Surroundings): void {
  const { argv, standing, end } = around;
  const command = parent.command(spec.name).description(spec.summary);
  for (const [name, what] of spec.args ?? []) command.argument(name, what);
  for (const [flags, what] of spec.flags ?? []) command.option(flags, what);
  for (const sub of spec.subcommands ?? []) add(command, sub, around);
  const run = spec.run?.bind(spec);
  if (run === undefined) return;
  command.action(async (...received: unknown[]) => {
    const args = received
      .slice(0, -2)
      .flat()
      .filter((arg) => typeof arg === "string");
    let context = contextOf(command.optsWithGlobals<GlobalFlags>(), standing);
    const flags = givenTo(command);
    try {
      context = inCi(context);
      refuseInterrupted(context, argv);
      const result = await run(context, args, flags);
      const stray = standing.strays.first();
      if (stray !== undefined) throw stray;
      await show(context, result);
      if (result.problem !== undefined) context.say(threeLines(result.problem));
      tellCi(context, result);
      end(result.exitCode);
    } catch (thrown) {
      end(await complain(context, standing.strays.problemOf(thrown)));
    }
  });
}

const everywhere = ["--output", "--debug", "--directory", "--help"];

/** The words that are known where the command line went wrong: commands of that level, or flags of that command. */
function knownWords(code: string, argv: readonly string[], commands: readonly CommandSpec[]): readonly string[] {
  let level = commands;
  let here: CommandSpec | undefined;
  for (const word of argv) {
    const found = level.find(({ name }) => name === word);
    if (found === undefined) continue;
    here = found;
    level = found.subcommands ?? [];
  }
  if (code === "commander.unknownCommand") return here === undefined ? commandNames : level.map(({ name }) => name);
  return code === "commander.unknownOption" ? [...(here?.flags ?? []).map(([flag]) => flag.split(" ")[0] ?? flag), ...everywhere] : [];
}

function usageProblem(error: CommanderError, argv: readonly string[], commands: readonly CommandSpec[]): Problem {
  const word = /'([^']+)'/.exec(error.message)?.[1];
  const hint = word === undefined ? "" : didYouMean(word, knownWords(error.code, argv, commands));
  return new Problem("USAGE", {
    what: error.code === "commander.help" ? "no command was given" : error.message.replace(/^error: /, "").replaceAll("\n", " "),
    on: `trueup ${argv.join(" ")}`,
    todo: `See: trueup --help.${hint}`,
  });
}

/** What most programs answer to as well. */
const alsoVersion: ReadonlySet<string> = new Set(["--version", "-V"]);

/** Runs one command; its exit code. */
export async function runCommandLine(given: readonly string[], standing: Standing): Promise<number> {
  const argv = given.length === 1 && alsoVersion.has(given[0] ?? "") ? ["version"] : given;
  const program = new Command("trueup").description("GitOps for Pulumi: environment folders in git, previewed, applied and healed by the real engine");
  program.addOption(new Option("-o, --output <format>", "how results are printed").choices(["table", "wide", "json", "yaml"]).default("table"));
  program.option("--debug", "print what is known about a failure").option("-C, --directory <folder>", "the clone to work in (default: here)");
  program
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .showSuggestionAfterError(false);
  let exitCode = 0;
  const around = { argv, standing, end: (code: number) => void (exitCode = code) };
  const commands = await commandsFor(argv);
  // One turn of the loop: a signal that came while all that was loaded is only noticed there.
  await new Promise<void>((done) => void setImmediate(done));
  for (const spec of commands) add(program, spec, around);
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
    standing.say(threeLines(usageProblem(error, argv, commands)));
    return 2;
  }
  return exitCode;
}
