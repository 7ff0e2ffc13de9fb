import { Problem } from "../../../base/problem/index.ts";
import { auditText, trailText } from "../../../domain/reports/index.ts";
import { auditEnvironment, readSigners, trailProblem, verifyTrail } from "../../../workflows/audit/index.ts";
import type { Estate } from "../../../workflows/estate/index.ts";
import type { CommandContext, CommandResult, CommandSpec, Given } from "../command.ts";
import { spanFlags, spanOf } from "../span.ts";
import { environmentOf, lookOf, textFlag, withEstate } from "../work.ts";

interface Asked {
  readonly environment: string;
  readonly signers?: readonly string[];
}

/** Flags that mean nothing together: said, not ignored. */
function refuseMixed(flags: Given): void {
  const wrong = flags["verify"] === true ? ["since", "until"].filter((name) => flags[name] !== undefined) : flags["against"] === undefined ? [] : ["against"];
  const [first] = wrong;
  if (first === undefined) return;
  throw new Problem("USAGE", {
    what: first === "against" ? "--against goes with --verify only" : `--${first} does not go with --verify: a trail is whole or it is not`,
    on: "the command line",
    todo: first === "against" ? "Add --verify." : `Leave --${first} out.`,
  });
}

function againstOf(flags: Given): string | undefined {
  const text = textFlag(flags, "against");
  if (text === undefined || /^[0-9a-f]{40}$/.test(text)) return text;
  throw new Problem("USAGE", {
    what: `--against wants a full commit id, not ${JSON.stringify(text.slice(0, 80))}`,
    on: "the command line",
    todo: "Give the 40 hex digits that --verify printed at the end: a shorter id could be found for another commit.",
  });
}

async function verified(estate: Estate, context: CommandContext, asked: Asked & { readonly against?: string }): Promise<CommandResult> {
  const check = await verifyTrail(estate, asked);
  const problem = trailProblem(check);
  return { kind: "Trail", data: check, text: trailText(check, lookOf(context)), exitCode: problem?.exitCode ?? 0, problem };
}

export const auditCommand: CommandSpec = {
  name: "audit",
  summary: "who merged, approved, changed, overrode and held what, when, from the ledger; --verify: whether that ledger is still the one that was written",
  args: [["[environment]", "folder below environments/"]],
  flags: [
    ["--env <name>", "the environment, instead of the first word"],
    ...spanFlags,
    ["--verify", "look for entries that were changed, removed, reordered, rolled back, or are unsigned"],
    ["--against <commit>", "with --verify: hold it against this commit of the ledger, kept elsewhere"],
    ["--signers <file>", "public ssh keys that may sign, one on a line, instead of ledger.signers of trueup.config.ts"],
  ],
  async run(context, args, flags) {
    const environment = environmentOf(args, flags);
    refuseMixed(flags);
    const against = againstOf(flags);
    const nowMs = Date.now();
    const span = spanOf(flags, { nowMs, usualMs: nowMs });
    const file = textFlag(flags, "signers");
    const asked: Asked = { environment, ...(file === undefined ? {} : { signers: await readSigners(file) }) };
    return withEstate(context, async (estate) => {
      if (flags["verify"] === true) return verified(estate, context, { ...asked, ...(against === undefined ? {} : { against }) });
      const audit = await auditEnvironment(estate, { ...asked, span });
      const text = auditText(audit, { ...lookOf(context), isWide: context.format === "wide" });
      return { kind: "Audit", data: audit, text, exitCode: 0 };
    });
  },
};
