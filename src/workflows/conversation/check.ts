import { previewCheck } from "../../domain/conversation/index.ts";
import { riskOf } from "../../domain/changes/index.ts";
import { environmentSummary, type PreviewReport, type StackReport } from "../../domain/reports/index.ts";
import type { Annotation, Status } from "../../adapters/forges/index.ts";

const risky = new Set(["policy", "replace-stateful", "delete", "replace"]);
/** More annotations than people read; the comment has them all. */
const mostAnnotations = 100;

function placeOf(source: string | undefined): { readonly path: string; readonly line: number } | undefined {
  const found = /^(.+):(\d+)$/.exec(source ?? "");
  return found === null ? undefined : { path: found[1] ?? "", line: Number(found[2]) };
}

function annotationsOf(stack: StackReport, environment: string): Annotation[] {
  const title = `${environment}.${stack.name}`;
  if (stack.outcome.kind === "failed") {
    const { problem, source } = stack.outcome.failure;
    const place = placeOf(source);
    return place === undefined ? [] : [{ ...place, level: "failure", title, message: `${problem.what}\n${problem.todo}` }];
  }
  return (stack.outcome.changes?.resources ?? []).flatMap((change): Annotation[] => {
    const place = placeOf(change.source);
    const risk = riskOf(change);
    if (place === undefined || !risky.has(risk)) return [];
    return [{ ...place, level: "warning", title, message: `${change.operation} ${change.type} ${change.name}${change.stateful ? ", which is stateful" : ""}` }];
  });
}

/** The check of one environment: red when an apply would be refused, waiting when it only waits for people or a window. */
export function checkOf(report: PreviewReport, url: string | undefined): Status {
  const refusals = [...report.refusals, ...report.stacks.flatMap((stack) => stack.refusals)];
  const isFailed = report.state.kind === "failed" || refusals.some((one) => one.blocks) || report.stacks.some((stack) => stack.outcome.kind === "failed");
  const [first] = refusals;
  const says = environmentSummary(report);
  return {
    name: previewCheck(report.environment),
    state: isFailed ? "failure" : "success",
    title: (first === undefined ? says : `${says}; ${first.reason}`).slice(0, 140),
    annotations: report.stacks.flatMap((stack) => annotationsOf(stack, report.environment)).slice(0, mostAnnotations),
    ...(url === undefined ? {} : { url }),
  };
}
