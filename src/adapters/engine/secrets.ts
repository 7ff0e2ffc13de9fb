import { Secret, Scrubber } from "../../base/secret/index.ts";
import { callCli, type CliSettings } from "./cli.ts";
import type { Collected } from "./collect.ts";
import { learn, learnRevealed } from "./leaks.ts";
import type { ProjectCopy } from "./project-copy.ts";
import type { StackSite } from "./port.ts";
import { mentionsSecret } from "./wire.ts";

/** Variables whose name says that their value is a credential. Short ones ("test") would blank ordinary words. */
const credentialName = /SECRET|TOKEN|PASSWORD|PASSPHRASE|CREDENTIAL|PRIVATE_KEY/i;
const shortestCredential = 8;
/** Stacks whose secrets are looked up when a program may have printed them, so many at a time: each is a process that derives a key. */
const mostReferences = 100;
const lookupsAtOnce = 4;
/** Stacks that the sentence about unread secrets names. */
const mostNamed = 3;

/** Forgets what it is told: what the guards are measured against. */
export class NoScrubber extends Scrubber {
  override add(): void {
    // forgets
  }
}

/** A scrubber that knows what the site itself says is secret. */
export function scrubberOf(site: StackSite): Scrubber {
  const scrubber = new Scrubber();
  scrubber.add(site.passphrase);
  for (const secret of site.knownSecrets) scrubber.add(secret);
  for (const secret of credentialsIn(site.variables)) scrubber.add(secret);
  return scrubber;
}

/** Values of variables whose names say that they are credentials. */
export function credentialsIn(variables: Readonly<Record<string, string>>): readonly Secret[] {
  return Object.entries(variables).flatMap(([name, value]) => (credentialName.test(name) && value.length >= shortestCredential ? [new Secret(value)] : []));
}

/** Whether the run holds words of programs, providers or policies, which may repeat a secret in any form. */
export function holdsWords(collected: Collected): boolean {
  return collected.diagnostics.length > 0 || collected.policies.length > 0;
}

export interface Lookup {
  readonly settings: CliSettings;
  readonly site: StackSite;
  readonly copy: ProjectCopy;
}

/** Learns the stack's own config secrets. The engine blanks them in messages, but only word for word. False when they could not be read. */
export async function learnConfig({ settings, site, copy }: Lookup, scrubber: Scrubber): Promise<boolean> {
  if (!copy.hasSecrets) return true;
  try {
    const text = await callCli(settings, {
      site,
      args: ["config", "--show-secrets", "--json", "-s", site.pulumiStack, "--config-file", copy.config],
      cwd: copy.directory,
    });
    const config = JSON.parse(text) as Record<string, { readonly secret?: boolean; readonly value?: string; readonly objectValue?: unknown }>;
    const secrets = Object.values(config).filter(({ secret }) => secret === true);
    return secrets.map(({ value, objectValue }) => learn(objectValue ?? value, scrubber)).every(Boolean);
  } catch {
    return false;
  }
}

/** Learns every secret in the recorded state of a stack. False when it could not be read. */
export async function learnState({ settings, site, copy }: Lookup, scrubber: Scrubber, pulumiStack = site.pulumiStack): Promise<boolean> {
  try {
    const text = await callCli(settings, { site, args: ["stack", "export", "--show-secrets", "-s", pulumiStack], cwd: copy.directory });
    return !mentionsSecret(text) || learnRevealed(JSON.parse(text), scrubber);
  } catch {
    return false;
  }
}

/** The same for the stacks that this one reads: their secrets reach its program. Answers those whose secrets were not learnt. */
export async function learnReferences(lookup: Lookup, scrubber: Scrubber, names: readonly string[]): Promise<readonly string[]> {
  const unread: string[] = [];
  const waiting = names.slice(0, mostReferences);
  const work = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      if (!(await learnState(lookup, scrubber, name))) unread.push(name);
    }
  };
  await Promise.all(Array.from({ length: lookupsAtOnce }, work));
  return [...unread.toSorted(), ...names.slice(mostReferences)];
}

/** What stands in place of words that could not be checked; undefined when everything was learnt. */
export function withheldBecause(unread: readonly string[]): string | undefined {
  if (unread.length === 0) return undefined;
  const more = unread.length > mostNamed ? ` and ${unread.length - mostNamed} more` : "";
  return `withheld: the secrets of ${unread.slice(0, mostNamed).join(", ")}${more} could not be read, so nothing could be checked against them`;
}
