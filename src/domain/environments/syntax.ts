/** The small notations of environment files. Each check answers what is wrong, or undefined. */

export const namePattern = /^[a-z][a-z0-9-]{0,39}$/;
export const nameRule = "lower-case letters, digits and dashes, starting with a letter, at most 40";

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const durationPattern = /^(\d{1,9})(ms|s|m|h|d)$/;

/** "30s", "10m", "9h", "2d" in milliseconds; undefined when it is no duration. */
export function durationMs(text: string): number | undefined {
  const match = durationPattern.exec(text);
  return match === null ? undefined : Number(match[1]) * unitMs[match[2] as keyof typeof unitMs];
}

const cronFields = [
  { name: "minute", min: 0, max: 59, names: [] },
  { name: "hour", min: 0, max: 23, names: [] },
  { name: "day of month", min: 1, max: 31, names: [] },
  { name: "month", min: 1, max: 12, names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"] },
  { name: "day of week", min: 0, max: 7, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
] as const;

type CronField = (typeof cronFields)[number];

function cronNumber(text: string, field: CronField): number | undefined {
  const named = (field.names as readonly string[]).indexOf(text.toLowerCase());
  if (named >= 0) return named + field.min;
  const number = /^\d{1,2}$/.test(text) ? Number(text) : undefined;
  return number !== undefined && number >= field.min && number <= field.max ? number : undefined;
}

function isCronPart(part: string, field: CronField): boolean {
  const [range = "", step, ...rest] = part.split("/");
  if (rest.length > 0 || (step !== undefined && !/^[1-9]\d?$/.test(step))) return false;
  if (range === "*") return true;
  const ends = range.split("-");
  const numbers = ends.map((end) => cronNumber(end, field));
  if (ends.length > 2 || numbers.includes(undefined)) return false;
  return ends.length === 1 || (numbers[0] ?? 0) <= (numbers[1] ?? 0);
}

/** Five fields: minute, hour, day of month, month, day of week. */
/** Longer windows are settings, not windows; the bound keeps the search for their ends small. */
export const longestWindowMs = 62 * 24 * 60 * 60_000;

export function windowLengthFault(text: string): string | undefined {
  const ms = durationMs(text);
  if (ms === undefined) return `"${text}" is no duration such as 30s, 10m or 9h`;
  return ms > 0 && ms <= longestWindowMs ? undefined : `"${text}" is no length of a window: more than nothing, and at most 62 days`;
}

export function cronFault(text: string): string | undefined {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== cronFields.length) return `"${text}" has ${fields.length} fields, a cron expression has five (minute hour day month weekday)`;
  const wrong = cronFields.findIndex((field, index) => !(fields[index] ?? "").split(",").every((part) => isCronPart(part, field)));
  return wrong < 0 ? undefined : `"${fields[wrong]}" is no ${cronFields[wrong]?.name} of a cron expression`;
}

export function timeZoneFault(text: string): string | undefined {
  try {
    Intl.DateTimeFormat("en", { timeZone: text });
    return undefined;
  } catch {
    return `"${text}" is no IANA time zone such as Europe/Berlin`;
  }
}

const comparator = /^(\^|~|>=|<=|>|<|=)?v?(\d+|[xX*])(\.(\d+|[xX*])){0,2}(-[\w.-]+)?(\+[\w.-]+)?$/;

/** A semver range: comparators, `||`, hyphen ranges. The planner's semver has the last word; this catches what can be no range. */
export function rangeFault(text: string): string | undefined {
  const sides = text.split("||").map((side) =>
    side
      .trim()
      .replaceAll(/\s+-\s+/g, " ")
      .replaceAll(/(\^|~|[<>]=?|=)\s+/g, "$1")
      .split(/\s+/),
  );
  return text.trim() !== "" && sides.flat().every((part) => comparator.test(part)) ? undefined : `"${text}" is no version range such as ">=1.19 <2"`;
}

export function semverOf(value: unknown): string | undefined {
  return typeof value === "string" && /^v?\d+\.\d+\.\d+(-[\w.-]+)?(\+[\w.-]+)?$/.test(value) ? value : undefined;
}

/** A folder or file of the repository: relative, `/`-separated, inside it. */
export function repositoryPathFault(text: string): string | undefined {
  if (text === "" || text.startsWith("/") || text.includes("\\") || text.includes("\0")) return `"${text}" is no path inside the repository`;
  if (text.split("/").includes("..")) return `"${text}" leads out of the repository`;
  return undefined;
}

/** "./stacks/shop/" and "stacks/shop" are one path. */
export function normalPath(text: string): string {
  return text
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");
}

/** Hosts keep an address of an environment that is no longer than this. */
const longestPage = 255;

/** An address that people open: of the web, and without a password, which every reader of the file would know. */
export function pageFault(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:")) return `"${text}" is no web address, such as https://dev.acme.example`;
  if (url.username !== "" || url.password !== "") return "an address in git holds no user or password";
  return url.href.length > longestPage ? `an address has at most ${longestPage} characters` : undefined;
}

const thisMachine: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/** An address that messages are posted to: https, except to this very machine; without a password, which every reader of the file would know. */
export function receiverAddressFault(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:")) return `"${text}" is no https address`;
  if (url.username !== "" || url.password !== "") return "an address in git holds no user or password";
  if (url.protocol === "http:" && !thisMachine.includes(url.hostname)) return `"${text}" is not encrypted: write https`;
  return undefined;
}

const keyTypes = "ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)|sk-ssh-ed25519@openssh\\.com|sk-ecdsa-sha2-nistp256@openssh\\.com";
const publicKey = new RegExp(`^(${keyTypes}) ([A-Za-z0-9+/]{40,}={0,2})( [^\\u0000-\\u001f]{1,200})?$`);

/** A public ssh key on one line. What is wrong is not repeated: it may be the private half. */
export function signerFault(text: string): string | undefined {
  const [, type, body = ""] = publicKey.exec(text) ?? [];
  // A key says its type once more inside.
  const isWhole =
    type !== undefined &&
    Buffer.from(body, "base64")
      .subarray(4, 4 + type.length)
      .toString("latin1") === type;
  return isWhole ? undefined : "this is no public ssh key on one line, such as: ssh-ed25519 AAAA… ann@acme.example";
}
