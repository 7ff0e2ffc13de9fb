import { recoveredWords } from "../../recovery/index.ts";
import type { RecoveredStack, RecoveryReport } from "../recovery-report.ts";
import { oneLine } from "../text/visible.ts";
import { drawn, painter, type Look } from "./look.ts";

const longest = 600;

function stackLines({ name, found, lockedBy }: RecoveredStack): string[] {
  return [
    ...found.map((one) => `  ${name}: ${oneLine(recoveredWords(one), longest)}`),
    ...lockedBy.map(({ user, host, pid, since }) => `  ${name}: locked by ${oneLine(`${user}@${host} (pid ${pid}) since ${since}`, longest)}; left alone`),
  ];
}

/** What dead runs left, one line each. `explains`: also what is known of how it came to be. */
export function recoveryText(report: RecoveryReport, look: Look, explains: boolean): string {
  const paint = painter(look);
  const lines = report.stacks.flatMap(stackLines);
  const open = report.stacks.filter(({ problem }) => problem !== undefined).length;
  const isDone = report.run !== undefined;
  const head =
    lines.length === 0
      ? paint.green(`${report.environment}: no run has left anything that never ended`)
      : (open > 0 ? paint.yellow : paint.green)(
          `${report.environment}: ${isDone ? "dealt with what dead runs left" : "what dead runs left, nothing is changed yet"}`,
        );
  const story = explains ? report.happened.map((sentence) => paint.dim(`  ${oneLine(sentence, longest)}`)) : [];
  return drawn([paint.bold(head), ...story, ...lines].join("\n"), look);
}
