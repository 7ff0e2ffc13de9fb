import { join } from "node:path";
import { preparePlain } from "../../adapters/engine/index.ts";
import { absoluteBackend, openPassphrase, readRevision, type Estate } from "../estate/index.ts";

/** What a person's shell needs so that plain `pulumi` works on the state that trueup keeps. */
export interface PlainShell {
  readonly environment: string;
  /** Folders for the front of PATH, first one first. */
  readonly path: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  /** What the person must still set: a real environment's passphrase is never printed. */
  readonly missing: readonly string[];
}

const sandboxSdk = join(import.meta.dirname, "../../../node_modules");

/**
 * Prepares plain pulumi for one environment, as a commit of this clone declares it, and says how to reach it. Writes launchers below .trueup and
 * nothing else; a sandbox environment gets a PULUMI_HOME of its own, a real one keeps the person's (its logins and plugins).
 */
export async function plainShell(estate: Estate, request: { readonly environment: string; readonly ref: string }): Promise<PlainShell> {
  const commit = await estate.repository.fetchLocal(estate.root, request.ref);
  const { environment } = await readRevision(estate, commit, request.environment);
  const { machine, work, root } = estate;
  const directory = join(work, "plain");
  const isSandbox = environment.cloud === "sandbox";
  const path = await preparePlain({
    machine,
    pulumi: machine.variable("TRUEUP_ENGINE"),
    cache: machine.cache,
    directory,
    sandbox: isSandbox ? { store: join(work, "cloud"), sdk: sandboxSdk } : undefined,
  });
  const isPublished = "sandbox" in environment.secrets.from;
  const passphrase = isPublished ? await openPassphrase(environment, machine, root) : undefined;
  return {
    environment: environment.name,
    path,
    variables: {
      PULUMI_BACKEND_URL: await absoluteBackend(environment.backend, root),
      PULUMI_SKIP_UPDATE_CHECK: "true",
      ...(passphrase === undefined ? {} : { PULUMI_CONFIG_PASSPHRASE: passphrase.reveal() }),
      ...(isSandbox ? { PULUMI_HOME: join(directory, "pulumi"), PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" } : {}),
    },
    missing: isPublished ? [] : ["PULUMI_CONFIG_PASSPHRASE"],
  };
}
