/** What GitHub takes for one step; a summary that is larger is not shown at all. */
export const summaryBytes = 1024 * 1024;

const said = "\n**The rest did not fit here: it is in the log of this job.**\n";
/** What closing an open fold and fence, and saying that something is missing, may take. */
const spare = 2_000;

/** What has to be written after these lines so that what follows is outside of fences and folds. */
function closing(lines: readonly string[]): string {
  let fence: string | undefined;
  let folds = 0;
  for (const line of lines) {
    const mark = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line);
    if (fence === undefined) {
      if (mark?.[1] !== undefined) fence = mark[1];
      else folds += line.split("<details").length - line.split("</details>").length;
    } else if (mark?.[1]?.startsWith(fence) === true && mark[2]?.trim() === "") fence = undefined;
  }
  return `${fence === undefined ? "" : `${fence}\n`}${"\n</details>\n".repeat(Math.max(0, Math.min(folds, 50)))}`;
}

/** The text when it has at most so many bytes, else as many of its lines as fit, with fences and folds closed and the cut said. */
export function cutAtLine(text: string, bytes: number): string {
  if (Buffer.byteLength(text, "utf8") <= bytes) return text;
  const kept: string[] = [];
  let size = 0;
  for (const line of text.split("\n")) {
    size += Buffer.byteLength(line, "utf8") + 1;
    if (size > bytes - spare) break;
    kept.push(line);
  }
  if (kept.length === 0) return Buffer.byteLength(said, "utf8") <= bytes ? said : "";
  return `${kept.join("\n")}\n${closing(kept)}${said}`;
}
