import type { Organisation } from "./environment.ts";
import { namedCommand } from "./commands.ts";
import { parse } from "./issues.ts";
import { unlimited } from "./levels.ts";
import { refuse } from "./refuse.ts";
import { OrganisationFile } from "./schema.ts";

export const organisationFile = "trueup.config.ts";

/** The state backend of an organisation that names none: a folder of the clone, ignored by git. */
export const localBackend = "file://.trueup/state";

/** Checks what trueup.config.ts exports and fills in defaults; `undefined` is a repository without that file. Raises CONFIG_INVALID. */
export function resolveOrganisation(raw: unknown): Organisation {
  const parsed = parse(OrganisationFile, raw ?? {});
  if ("findings" in parsed) throw refuse("CONFIG_INVALID", organisationFile, parsed.findings);
  const { remote, backend, ledger, engine, rules } = parsed.value;
  const silent = rules?.guards?.maxDestroy;
  return Object.freeze({
    remote: remote ?? "origin",
    backend: backend ?? localBackend,
    ledger: { prefix: ledger?.prefix ?? "trueup/" },
    engine: { versions: engine?.versions ?? ">=3.250.0 <4", programHost: engine?.programHost ?? "auto" },
    rules: {
      approvals: { min: rules?.approvals?.min ?? 0, from: rules?.approvals?.from ?? [] },
      verify: { required: rules?.verify?.required ?? false },
      policies: { packs: rules?.policies?.packs ?? [], levels: rules?.policies?.levels ?? {} },
      guards: { maxDestroy: { count: silent?.count ?? unlimited.count, percent: silent?.percent ?? unlimited.percent } },
      checks: (rules?.checks ?? []).map(namedCommand),
    },
  });
}
