import { holdVerbs, type HoldKind } from "../../../domain/gates/index.ts";
import { holdText } from "../../../domain/reports/index.ts";
import { liftHolds, setHold, type HoldAsked } from "../../../workflows/holds/index.ts";
import type { CommandSpec, Given } from "../command.ts";
import { lengthIn, reasonIn, untilIn, wrong } from "../reason.ts";
import { environmentOf, lookOf, textFlag, withEstate } from "../work.ts";

const words = { missing: "it is what everybody reads who is held", example: "the database moves to another account" };

/** When it ends by itself. Who forgets a hold must not hold everybody for ever. */
function endIn(flags: Given, now: Date): Date {
  const [length, until] = [textFlag(flags, "for"), textFlag(flags, "until")];
  if ((length === undefined) === (until === undefined)) {
    const what = length === undefined ? "no end was given: a hold that nobody remembers would stand for ever" : "--for and --until are two ends";
    throw wrong(what, "--for, --until", 'Give one: --for 2h, or --until "2026-11-24 08:00 Europe/Berlin".');
  }
  if (length !== undefined) return new Date(now.getTime() + lengthIn(length));
  return untilIn(until ?? "");
}

function askedIn(kind: HoldKind, args: readonly string[], flags: Given): HoldAsked {
  const stack = textFlag(flags, "stack");
  return { environment: environmentOf(args, flags), kind, reason: reasonIn(flags, words), ...(stack === undefined ? {} : { stack }) };
}

const where = [
  ["--env <name>", "the environment, instead of the first word"],
  ["--stack <name>", "only this stack"],
  ["--reason <text>", "why; recorded in the ledger"],
] as const;

function setting(kind: HoldKind, summary: string): CommandSpec {
  return {
    name: holdVerbs[kind].set,
    summary,
    args: [["[environment]", "folder below environments/"]],
    flags: [...where, ["--for <length>", "how long: 30m, 2h, 3d; at most 90 days"], ["--until <time>", 'or until when: "2026-11-24 08:00 Europe/Berlin"']],
    async run(context, args, flags) {
      const asked = askedIn(kind, args, flags);
      // The end is wrong or right before anything is opened; a length is counted from the moment at which it is set.
      endIn(flags, new Date());
      return withEstate(context, async (estate) => {
        const { hold, replaced, lease } = await setHold(estate, asked, endIn(flags, estate.clock.now()));
        const run = lease === undefined ? {} : { run: { id: lease.run, who: lease.who } };
        const report = { environment: asked.environment, done: "set" as const, holds: [hold], replaced, left: [], ...run };
        return { kind: "Hold", data: report, text: holdText(report, lookOf(context)), exitCode: 0 };
      });
    },
  };
}

function lifting(kind: HoldKind, summary: string): CommandSpec {
  return {
    name: holdVerbs[kind].lift,
    summary,
    args: [["[environment]", "folder below environments/"]],
    flags: where,
    async run(context, args, flags) {
      const asked = askedIn(kind, args, flags);
      return withEstate(context, async (estate) => {
        const { lifted, left } = await liftHolds(estate, asked);
        const report = { environment: asked.environment, done: "lifted" as const, holds: lifted, replaced: [], left };
        return { kind: "Hold", data: report, text: holdText(report, lookOf(context)), exitCode: 0 };
      });
    },
  };
}

export const holdCommands: readonly CommandSpec[] = [
  setting("hold", "hold an environment or a stack for a while: no apply begins, no drift is put back; a comment's /trueup lock does the same"),
  lifting("hold", "lift a hold, also one of a comment's /trueup lock"),
  setting("pin", "keep an environment or a stack at the commit that is live; drift is still put back"),
  lifting("pin", "let go of a pin"),
  setting("freeze", "the emergency stop: nothing begins, and a run at work stops before its next wave"),
  lifting("freeze", "end a freeze, also that of a unit whose rollback failed"),
];
