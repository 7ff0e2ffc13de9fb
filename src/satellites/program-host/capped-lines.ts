import { StringDecoder } from "node:string_decoder";

/** A line longer than this is passed on in pieces, so that an endless one is neither kept nor waited for. */
const longestLine = 64 * 1024;

/**
 * Cuts a stream of bytes into lines and passes on the first `cap` bytes of it; the rest is counted, and the count is told at the end.
 * Keeps at most one line in memory.
 */
export function cappedLines(cap: number, tell: (line: string) => void): { take(chunk: Buffer): void; end(): void } {
  const decoder = new StringDecoder("utf8");
  let room = cap;
  let dropped = 0;
  let rest = "";
  return {
    take(chunk) {
      const kept = chunk.subarray(0, room);
      room -= kept.length;
      dropped += chunk.length - kept.length;
      if (kept.length === 0) return;
      const lines = (rest + decoder.write(kept)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) tell(line);
      if (rest.length > longestLine) {
        tell(rest);
        rest = "";
      }
    },
    end() {
      if (rest !== "") tell(rest);
      if (dropped > 0) tell(`[trueup: ${dropped} more bytes of output were cut; the limit is ${cap} bytes]`);
      rest = "";
    },
  };
}
