/** `1 stack`, `2 stacks`, `1,204 stacks`. */
export function amount(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? "" : noun.endsWith("s") || noun.endsWith("ch") ? "es" : "s"}`;
}

/** Thousands apart, the same on every machine. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `0.4 s`, `48 s`, `3m12s`, `2h05m`, `4d`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 119.5) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)}m${String(whole % 60).padStart(2, "0")}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)}h${String(minutes % 60).padStart(2, "0")}m`;
  return `${Math.floor(minutes / 1440)}d`;
}

/** The first 7 digits of a commit id, as people say it. */
export function sha7(sha: string): string {
  return sha.slice(0, 7);
}

/** At most `max` names, then how many more: `a, b and 7 more`. Names must be safe already. `counts`: for how many things each name stands. */
export function listed(names: readonly string[], max: number, counts: readonly number[] = names.map(() => 1)): string {
  if (names.length <= max) return names.join(", ");
  const left = counts.slice(max).reduce((sum, count) => sum + count, 0);
  return `${names.slice(0, max).join(", ")} and ${grouped(left)} more`;
}
