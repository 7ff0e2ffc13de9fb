import type { Adoption } from "../adoption-report.ts";
import { oneLine } from "../text/visible.ts";
import { grid } from "./columns.ts";
import { drawn, painter, type Look } from "./look.ts";

/** What becomes of the branch: nothing is live before it is merged and applied. */
function wayOn({ environment, stack, base, branch = "", pullRequest }: Adoption): readonly string[] {
  const merge = pullRequest === undefined ? `merge the branch ${branch} into ${base}` : `merge #${pullRequest.number}: ${pullRequest.url}`;
  return [`next: ${merge}; applied, it changes nothing, and ${environment}.${stack} is true to git again`];
}

/** What was adopted, on which branch, and what is left to edit by hand. */
export function adoptionText(adoption: Adoption, look: Look): string {
  const paint = painter(look);
  const { environment, stack, adopted, left, branch } = adoption;
  const place = `${environment}.${stack}`;
  const written = adopted.map((one) => [
    `  ${oneLine(one.file, 120)}`,
    oneLine(one.where, 80),
    `${oneLine(one.from, 100)} → ${oneLine(one.to, 100)}`,
    `${oneLine(one.resource, 120)} ${oneLine(one.path, 120)}`,
  ]);
  const open = left.map((one) => [`  ${oneLine(one.file, 120)}`, `${oneLine(one.resource, 120)} ${oneLine(one.path, 120)}`.trim(), oneLine(one.todo, 300)]);
  const text = [
    ...(branch === undefined
      ? [paint.bold(`${place}: nothing was written`)]
      : [paint.bold(paint.green(`${place}: what is live is on the branch ${oneLine(branch, 120)}`))]),
    ...grid(written, [60, 40, 80, 120]),
    ...(branch === undefined ? [] : wayOn(adoption).map((one) => oneLine(one, 400))),
    ...(open.length === 0 ? [] : [paint.yellow("not written; edit it, where you mean to keep it:"), ...grid(open, [60, 100, 300])]),
  ];
  return drawn(text.join("\n"), look);
}
