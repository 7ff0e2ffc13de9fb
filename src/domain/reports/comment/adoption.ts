import type { Adoption } from "../adoption-report.ts";

/** A backtick or a line break would end the code that a value stands in. */
const code = (text: string): string =>
  `\`${text
    .replaceAll("`", "'")
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
    .slice(0, 200)}\``;

export function adoptionTitle({ environment, stack, adopted }: Adoption): string {
  const [first, ...more] = adopted;
  const what =
    first === undefined
      ? "nothing"
      : `${first.path.slice(0, 60)} of ${first.resource.split(" ").at(-1) ?? ""}${more.length === 0 ? "" : ` and ${more.length} more`}`;
  return `Adopt what is live in ${environment}.${stack}: ${what}`.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").slice(0, 160);
}

/** For the commit and the pull request alike. */
export function adoptionBody({ environment, stack, adopted, left, by }: Adoption): string {
  const written = adopted.map(
    ({ file, where, from, to, resource, path }) => `- ${code(file)} ${code(where)}: ${code(from)} → ${code(to)} (${code(`${resource} ${path}`)})`,
  );
  const open = left.map(({ file, resource, path, todo }) => `- ${code(file)} (${code(`${resource} ${path}`.trim())}): ${code(todo)}`);
  return [
    `Somebody changed ${code(`${environment}.${stack}`)} where it runs. ${code(by)} decided to keep it: this writes down what is live, so that applying it changes nothing.`,
    "",
    ...written,
    ...(open.length === 0 ? [] : ["", "Not written, for people to edit:", "", ...open]),
    "",
  ].join("\n");
}
