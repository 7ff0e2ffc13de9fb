/** One property path in the engine's spelling: `a.b[0]["x.y"]`. */
export function spell(path: readonly (string | number)[]): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (/^[A-Za-z_$][\w$]*$/.test(step)) text += text === "" ? step : `.${step}`;
    else text += `["${step.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"]`;
  }
  return text;
}

/** The steps of a path; a step that is only digits in brackets is an index. */
export function parsePath(text: string): (string | number)[] {
  const steps: (string | number)[] = [];
  const form = /\.?([^.[\]"]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|\[(\*)\]/gy;
  for (const match of text.matchAll(form)) {
    if (match[2] !== undefined) steps.push(Number(match[2]));
    else steps.push((match[1] ?? match[3] ?? match[4] ?? "").replaceAll(/\\(.)/g, "$1"));
  }
  return steps;
}

/** True when `path` is `prefix` or below it; `*` in the prefix stands for any step. */
export function covers(prefix: readonly (string | number)[], path: readonly (string | number)[]): boolean {
  return prefix.length <= path.length && prefix.every((step, i) => step === "*" || String(step) === String(path[i]));
}
