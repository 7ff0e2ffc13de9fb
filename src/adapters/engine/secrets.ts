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
/** Stacks whose secret outputs are looked up when a program may have printed them. */
const mostReferences = 20;

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
  for (const [name, value] of Object.entries(site.variables)) {
    if (credentialName.test(name) && value.length >= shortestCredential) scrubber.add(new Secret(value));
  }
  return scrubber;
}

/** Whether the run holds words of programs, providers or policies, which may repeat a secret in any form. */
export function holdsWords(collected: Collected): boolean {
  return collected.diagnostics.length > 0 || collected.policies.length > 0;
}

interface Lookup {
  readonly settings: CliSettings;
  readonly site: StackSite;
  readonly copy: ProjectCopy;
}

/** Learns the stack's own config secrets. The engine blanks them in messages, but only word for word. */
export async function learnConfig({ settings, site, copy }: Lookup, scrubber: Scrubber): Promise<void> {
  if (!copy.hasSecrets) return;
  const text = await callCli(settings, {
    site,
    args: ["config", "--show-secrets", "--json", "-s", site.pulumiStack, "--config-file", copy.config],
    cwd: copy.directory,
  });
  const config = JSON.parse(text) as Record<string, { readonly secret?: boolean; readonly value?: string; readonly objectValue?: unknown }>;
  for (const { secret, value, objectValue } of Object.values(config)) {
    if (secret === true) learn(objectValue ?? value, scrubber);
  }
}

/** Learns every secret in the recorded state of a stack. False when it could not be read. */
export async function learnState({ settings, site, copy }: Lookup, scrubber: Scrubber, pulumiStack = site.pulumiStack): Promise<boolean> {
  try {
    const text = await callCli(settings, { site, args: ["stack", "export", "--show-secrets", "-s", pulumiStack], cwd: copy.directory });
    if (mentionsSecret(text)) learnRevealed(JSON.parse(text), scrubber);
    return true;
  } catch {
    return false;
  }
}

/** The same for the stacks that this one reads: their secrets reach its program. */
export async function learnReferences(lookup: Lookup, scrubber: Scrubber, names: readonly string[]): Promise<void> {
  await Promise.all(names.slice(0, mostReferences).map((name) => learnState(lookup, scrubber, name)));
}
