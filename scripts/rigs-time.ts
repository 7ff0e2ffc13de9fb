/** What one test file took, everything of it: milliseconds. */
export interface FileTime {
  readonly file: string;
  readonly ms: number;
}

/** Torture and simulation are a part of `npm test`, and no more of it than this. */
const mostMs = 3 * 60_000;
/** A load average above this says that others had most of the machine: then a time says little of the tests. */
const busyLoad = 6;
const isOfRigs = ({ file }: FileTime): boolean => /\/test\/(torture|simulation)\//.test(file);
const told = (ms: number): string => `${Math.floor(ms / 60_000)} min ${Math.floor((ms % 60_000) / 1000)} s`;

/** What the rigs took of a run in the slice's size, one file after another; undefined where none of their files was run. */
export function rigsTime(files: readonly FileTime[], load: number): string | undefined {
  const rigs = files.filter(isOfRigs);
  if (rigs.length === 0) return undefined;
  const ms = rigs.reduce((sum, one) => sum + one.ms, 0);
  const longest = rigs.toSorted((a, b) => b.ms - a.ms)[0]?.file.split("/test/")[1] ?? "";
  const of = `torture and simulation: ${told(ms)} in ${rigs.length} files`;
  if (ms <= mostMs) return `${of}, at most ${told(mostMs)}`;
  const todo =
    load > busyLoad
      ? `others had work on this machine (a load of ${load.toFixed(1)}); look again where nothing else runs`
      : `leave something of test/${longest}, the longest, to the full run`;
  return `${of}, OVER their ${told(mostMs)}: ${todo}`;
}
