import { credentialsIn, publicAddress, Scrubber } from "../../base/secret/index.ts";
import { Problem, type ProblemCode, type Retry } from "../../base/problem/index.ts";

/** What a kind of failure is called and what to do about it; `match` reads the engine's own words. The only place that does. */
interface Kind {
  readonly code: ProblemCode;
  readonly match: RegExp;
  readonly what: (found: RegExpExecArray, text: string) => string;
  readonly todo: (site: ProblemSite) => string;
  readonly retry?: Retry;
}

export interface ProblemSite {
  readonly stack: string;
  readonly pulumiStack: string;
  readonly backend: string;
}

/** The engine says the backend's address as it was given it, or pieces of it where it is no URL. */
function withoutCredentials(text: string, { backend }: ProblemSite): string {
  const scrubber = new Scrubber();
  for (const secret of credentialsIn(backend)) scrubber.add(secret);
  return scrubber.scrub(text);
}

function holder(text: string): string {
  const facts = /created by ([^\s]+)@([^\s]+) \(pid (\d+)\) at (\S+)/.exec(text);
  return facts === null ? "" : ` by ${facts[1]}@${facts[2]} (pid ${facts[3]}) since ${facts[4]}`;
}

const kinds: readonly Kind[] = [
  {
    code: "DISK_FULL",
    match: /no space left on device|ENOSPC|disk quota exceeded/i,
    what: () => "no space left on the disk",
    todo: () => "Free some space and run the same command again.",
  },
  {
    code: "STATE_LOCKED",
    match: /stack is currently locked by (\d+) lock|\[409\].*(?:another update|conflict)/i,
    what: (_, text) => `the stack's state is locked${holder(text)}`,
    retry: { afterMs: 30_000 },
    todo: ({ pulumiStack }) => `Wait for that run to end. If it is proven dead: pulumi cancel -s ${pulumiStack}`,
  },
  {
    code: "SECRETS_UNREADABLE",
    match: /incorrect passphrase|passphrase must be set|failed to decrypt|cipher: message authentication failed/i,
    what: () => "the passphrase does not open the stack's secrets",
    todo: () => "Give the passphrase that the stack was made with (secrets.from in environment.ts).",
  },
  {
    code: "STACK_UNKNOWN",
    match: /no stack named '([^']+)' found|stack '([^']+)' not found/i,
    what: (found) => `the backend has no stack "${found[1] ?? found[2]}"`,
    todo: () => "Apply the environment once to create it, or correct the name.",
  },
  {
    code: "PLUGIN_MISSING",
    match:
      /could not automatically download and install \w+ plugin '(?:pulumi-[a-z]+-)?([\w-]+)'(?: at version (v[\w.+-]+\w))?|no (?:resource|analyzer|language) plugin '([^']+)' found|could not (?:find|load) plugin(?: for)? '?([\w-]+)|failed to load (?:language )?plugin ([\w-]+)/i,
    what: (found) => `the plugin ${found[1] ?? found[3] ?? found[4] ?? found[5]}${found[2] === undefined ? "" : ` ${found[2]}`} is not installed`,
    todo: () => "Install it (pulumi plugin install resource NAME VERSION), or use a sandbox environment.",
  },
  {
    code: "STATE_CORRUPTED",
    match:
      /invalid character .* (?:looking for|after|in)|unexpected end of JSON|could not (?:deserialize|unmarshal) (?:deployment|checkpoint)|unmarshal(?:ing)? .*(?:deployment|checkpoint|state)|snapshot integrity|refers to missing|malformed checkpoint|load(?:ing)? checkpoint|deployment schema/i,
    what: () => "the stack's recorded state cannot be read",
    todo: ({ pulumiStack }) => `Restore the newest good export: pulumi stack import -s ${pulumiStack} --file EXPORT`,
  },
  {
    code: "STATE_UNREACHABLE",
    match:
      /unable to open (?:state directory|bucket)|unable to check if bucket|dial tcp|no such host|connection refused|i\/o timeout|context deadline exceeded|no such bucket|NoSuchBucket|could not list stacks|AccessDenied|InvalidAccessKeyId|read "\.pulumi\/meta\.yaml"|no credential|permission denied/i,
    what: () => "the state backend cannot be reached",
    todo: ({ backend }) => `Check that ${publicAddress(backend)} exists, answers, and that the credentials may use it.`,
    retry: { afterMs: 10_000 },
  },
];

/** Order matters: the first kind that matches names the failure. */
export function recognise(words: string, site: ProblemSite): Problem | undefined {
  const text = withoutCredentials(words, site);
  for (const kind of kinds) {
    const found = kind.match.exec(text);
    if (found === null) continue;
    return new Problem(kind.code, {
      what: kind.what(found, text),
      on: onStack(site),
      todo: kind.todo(site),
      detail: text.slice(0, 8_192),
      ...(kind.retry === undefined ? {} : { retry: kind.retry }),
    });
  }
  return undefined;
}

/** Problems that an engine's *diagnostics* may name; everything else in them is the program's or the provider's own failure. */
export function recogniseInDiagnostics(text: string, site: ProblemSite): Problem | undefined {
  const problem = recognise(text, site);
  return problem !== undefined && (problem.code === "PLUGIN_MISSING" || problem.code === "DISK_FULL") ? problem : undefined;
}

const packFailed = /^Running policy pack '.*' failed with an unhandled exception/;
const frame = /(?:file:\/\/)?(\/[^\s()]+:\d+)(?::\d+)?\)?\s*$/;

/**
 * The pack that ended before it served anything: the engine itself only says that a connection was closed. Its words are those of the pack's
 * process, as the engine passes them on line by line; undefined when no pack did.
 */
export function policyPackFailed(words: readonly string[], site: ProblemSite & { readonly packs: readonly string[] }): Problem | undefined {
  const at = words.findIndex((line) => packFailed.test(line.trim()));
  if (at < 0) return undefined;
  const lines = words.slice(at + 1).flatMap((text) => text.split("\n"));
  const why = (lines.find((line) => line.trim() !== "")?.trim() ?? "it said nothing").replace(/^Error: /, "");
  // Packs of what is live lie in a copy of their own: the last two names say which one it is, and show no folder of this machine.
  const nameOf = (pack: string): string => pack.split("/").slice(-2).join("/");
  const places = lines.map((line) => frame.exec(line)?.[1] ?? "").filter((place) => !place.includes("/node_modules/"));
  const found = site.packs.flatMap((pack) => places.filter((place) => place.startsWith(`${pack}/`)).map((place) => ({ pack, place })))[0];
  const named = found === undefined ? site.packs.map(nameOf).join(" or ") : nameOf(found.pack);
  const isUnversioned = /version must be defined/i.test(why);
  return new Problem("POLICY_PACK_FAILED", {
    what: `the policy pack ${named} failed: ${why.slice(0, 300)}`,
    on: `${onStack(site)}, ${named}${found?.place.slice(found.pack.length) ?? ""}`,
    todo: isUnversioned ? `Add "version": "1.0.0" to ${named}/package.json.` : "Mend the pack, or take it out of policies.packs in environment.ts.",
    detail: lines.join("\n").slice(0, 8_192),
  });
}

/** The stacks that a program asked for and the backend does not have. */
export function missingReferences(text: string): string[] {
  return [...text.matchAll(/unknown stack "([^"]+)"/g)].map((found) => found[1] ?? "");
}

/** The engine warns that it found our own launcher files on PATH: that is how they are meant to be found. */
export function isOwnNoise(message: string): boolean {
  return /using pulumi-(?:language-nodejs|resource-pulumi-nodejs) from \$PATH/.test(message);
}

export function onStack({ stack, pulumiStack }: ProblemSite): string {
  return stack === pulumiStack ? `stack ${stack}` : `stack ${stack} (${pulumiStack})`;
}

export function engineFailed(words: string, site: ProblemSite): Problem {
  const text = withoutCredentials(words, site);
  const first =
    text
      .split("\n")
      .map((line) => line.trim())
      .find((line) => line !== "") ?? "it said nothing";
  return (
    recognise(text, site) ??
    new Problem("ENGINE_FAILED", {
      what: `the engine failed: ${first.replace(/^error: /, "").slice(0, 300)}`,
      on: onStack(site),
      todo: "Run again with --debug; the state is as the engine left it.",
      detail: text.slice(0, 8_192),
    })
  );
}

/** A short command without a program that did not end: what it said until then may name why. */
export function notInTime(words: string, asked: { readonly site: ProblemSite; readonly command: string; readonly deadlineMs: number }): Problem {
  const { site, command, deadlineMs } = asked;
  return (
    recognise(words, site) ??
    new Problem("ENGINE_TIMEOUT", {
      what: `the engine's \`${command}\` did not end within ${Math.round(deadlineMs / 1000)} s`,
      on: onStack(site),
      todo: `Check that ${publicAddress(site.backend)} answers, and run the same command again.`,
      detail: withoutCredentials(words, site).slice(0, 8_192),
    })
  );
}

export function eventsLost(why: string, site: ProblemSite): Problem {
  return new Problem("ENGINE_EVENTS_LOST", {
    what: `the engine's event stream was incomplete: ${why}`,
    on: onStack(site),
    todo: "Nothing that this run reported can be trusted: preview again. If it happens again, report the engine's version.",
  });
}
