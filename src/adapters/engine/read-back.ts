import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { callCli, type CliSettings } from "./cli.ts";
import type { Operation } from "./operation.ts";
import { holds, mended, toRead, withRead } from "./pending.ts";
import type { EngineOutcome, Mend, ReadBack, RunLimits, StackSite } from "./port.ts";
import { copyProject } from "./project-copy.ts";
import { readExport, saltOf } from "./state.ts";

export interface ReadBackParts {
  readonly settings: CliSettings;
  readonly operate: (site: StackSite, limits: RunLimits, operation: Operation) => Promise<EngineOutcome>;
}

export interface ReadBackQuestion {
  readonly site: StackSite;
  /** The export of the state that is to be mended. */
  readonly deployment: string;
  readonly mend: Mend;
  readonly limits: RunLimits;
}

/** A backend for one reading, with the same salt, so that its secrets are those of the real state. */
async function copied<T>(settings: CliSettings, site: StackSite, work: (there: StackSite, put: (text: string) => Promise<void>) => Promise<T>): Promise<T> {
  const backend = await mkdtemp(join(settings.tmp, "read-back-"));
  const there: StackSite = { ...site, backend: pathToFileURL(backend).href };
  try {
    return await work(there, async (text) => {
      const copy = await copyProject(site, settings.tmp, saltOf(readExport(text, site)));
      try {
        await mkdir(join(backend, ".pulumi"), { recursive: true });
        const file = join(copy.directory, "state.json");
        await writeFile(file, text, { mode: 0o600 });
        await callCli(settings, { site: there, args: ["stack", "init", site.pulumiStack, "--no-select"], cwd: copy.directory });
        await callCli(settings, { site: there, args: ["stack", "import", "-s", site.pulumiStack, "--file", file], cwd: copy.directory });
      } finally {
        await copy.remove();
      }
    });
  } finally {
    await rm(backend, { recursive: true, force: true });
  }
}

async function exported(settings: CliSettings, site: StackSite): Promise<string> {
  const copy = await copyProject(site, settings.tmp, undefined);
  try {
    return await callCli(settings, { site, args: ["stack", "export", "-s", site.pulumiStack], cwd: copy.directory });
  } finally {
    await copy.remove();
  }
}

/**
 * Reads the objects that a mended state would hold from the cloud, by id, in a copy of the state: the real one is not touched, nothing is made or
 * changed. The engine itself reads, so every provider can be asked.
 */
export async function readBack({ settings, operate }: ReadBackParts, question: ReadBackQuestion): Promise<ReadBack> {
  const { site, deployment, mend, limits } = question;
  const draft = mended(deployment, mend, site);
  const urns = toRead(deployment, mend, site);
  const nothing = { deployment: draft, found: new Map<string, boolean>(), unread: new Map<string, string>() };
  if (urns.size === 0) return { ...nothing, failure: undefined };
  return copied(settings, site, async (there, put) => {
    await put(draft);
    const targets = [...urns.keys()].flatMap((urn) => ["--target", urn]);
    const flags = ["--yes", "--skip-preview", ...targets];
    const outcome = await operate(there, limits, { command: "refresh", flags, previewOnly: false, program: false });
    if (outcome.result !== "succeeded") {
      const errors = outcome.changes.diagnostics.flatMap(({ severity, urn = "", message }) =>
        severity === "error" ? [{ urn: urns.get(urn), why: message.split("\n")[0] ?? "" }] : [],
      );
      const unread = new Map(errors.flatMap(({ urn, why }) => (urn === undefined ? [] : [[urn, why]])));
      return { ...nothing, failure: errors[0]?.why ?? `the reading ended as ${outcome.result}`, unread };
    }
    const text = await exported(settings, there);
    const isSame = saltOf(readExport(text, site)) === saltOf(readExport(deployment, site));
    if (!isSame) return { ...nothing, failure: "the copy of the state was written with another key" };
    const found = new Map(mend.adopt.map(({ urn }) => [urn, holds(text, urn, site)]));
    return { deployment: withRead(draft, { text, urns }, site), found, failure: undefined, unread: nothing.unread };
  });
}
