import { SourceMap } from "node:module";
import { fileURLToPath } from "node:url";

const marker = "//# sourceMappingURL=data:application/json;base64,";

const position = /(?<url>file:\/\/)?(?<path>\/[^():]*):(?<line>\d+):(?<column>\d+)/;

/** Frames of Node's module loader and of this host say nothing about the program. */
const machinery = new RegExp(`node:internal/modules/|${import.meta.dirname.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}/`);

/**
 * Stack traces name the line of the TypeScript file. The map is read when a trace first needs it: a run without errors pays nothing.
 * Answers where to put the compiled text of each file.
 */
export function mapStacks(): Map<string, string> {
  const compiled = new Map<string, string>();
  const maps = new Map<string, SourceMap>();
  const mapOf = (path: string): SourceMap | undefined => {
    const known = maps.get(path);
    if (known !== undefined) return known;
    const text = compiled.get(path);
    const at = text?.lastIndexOf(marker) ?? -1;
    if (text === undefined || at < 0) return undefined;
    const map = new SourceMap(JSON.parse(Buffer.from(text.slice(at + marker.length), "base64").toString("utf8")) as ConstructorParameters<typeof SourceMap>[0]);
    maps.set(path, map);
    return map;
  };
  const frame = (text: string): string => {
    const { url, path = "", line, column } = position.exec(text)?.groups ?? {};
    if (line === undefined) return text;
    const file = url === undefined ? path : fileURLToPath(`${url}${path}`);
    const origin = mapOf(file)?.findOrigin(Number(line), Number(column));
    if (origin === undefined || !("lineNumber" in origin)) return text;
    return text.replace(position, () => `${file}:${origin.lineNumber}:${origin.columnNumber}`);
  };
  Error.prepareStackTrace = (error, frames) => {
    // oxlint-disable-next-line typescript/no-base-to-string -- V8's call sites print themselves
    const lines = frames.map((site) => `    at ${String(site)}`).filter((line) => !machinery.test(line));
    return [describe(error), ...lines.map(frame)].join("\n");
  };
  return compiled;
}

function describe(error: unknown): string {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return "<error>";
  }
}
