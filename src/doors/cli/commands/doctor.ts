import { Problem } from "../../../base/problem/index.ts";
import { examineEstate, type DoctorReport } from "../../../workflows/doctor/index.ts";
import type { CommandSpec } from "../command.ts";
import { withEstate } from "../work.ts";

function textOf({ findings }: DoctorReport): string {
  const count = (state: string): number => findings.filter((one) => one.state === state).length;
  return [
    ...findings.map(({ state, on, check, says, todo }) => `${state.padEnd(7)}  ${on}: ${check}: ${says}${todo === undefined ? "" : ` → ${todo}`}`),
    `${count("right")} right, ${count("wrong")} wrong, ${count("advice")} could be safer, ${count("unknown")} could not be looked at`,
  ].join("\n");
}

function problemOf({ findings }: DoctorReport): Problem | undefined {
  const wrong = findings.filter(({ state }) => state === "wrong");
  const [first] = wrong;
  if (first === undefined) return undefined;
  const more = wrong.length === 1 ? "" : ` (and ${wrong.length - 1} more)`;
  return new Problem("SETUP_WRONG", { what: `${first.says}${more}`, on: first.on, todo: first.todo ?? "See the findings." });
}

export const doctorCommand: CommandSpec = {
  name: "doctor",
  summary: "what a run rests on and is not as it should be: branch protection, CODEOWNERS, ledger, forge, remote, engine, state, secrets",
  args: [["[environments...]", "folders below environments/ (default: all)"]],
  async run(context, args) {
    return withEstate(context, async (estate) => {
      const report = await examineEstate(estate, args);
      const problem = problemOf(report);
      return { kind: "Doctor", data: report, text: textOf(report), exitCode: problem?.exitCode ?? 0, problem };
    });
  },
};
