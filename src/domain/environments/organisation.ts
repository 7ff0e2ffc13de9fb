import type { Organisation } from "./environment.ts";
import { namedCommand } from "./commands.ts";
import { identityOf } from "./identity.ts";
import { parse } from "./issues.ts";
import { unlimited } from "./levels.ts";
import { noticeTarget } from "./notices.ts";
import { refuse } from "./refuse.ts";
import { OrganisationFile } from "./schema.ts";

export const organisationFile = "trueup.config.ts";

/** The state backend of an organisation that names none: a folder of the clone, ignored by git. */
const localBackend = "file://.trueup/state";

function rulesOf(rules: OrganisationFile["rules"]): Organisation["rules"] {
  return {
    approvals: { min: 0, from: [], ...rules?.approvals },
    verify: { required: false, ...rules?.verify },
    policies: { packs: [], levels: {}, ...rules?.policies },
    guards: { maxDestroy: { ...unlimited, ...rules?.guards?.maxDestroy } },
    checks: (rules?.checks ?? []).map(namedCommand),
  };
}

/** Checks what trueup.config.ts exports and fills in defaults; `undefined` is a repository without that file. Raises CONFIG_INVALID. */
export function resolveOrganisation(raw: unknown): Organisation {
  const parsed = parse(OrganisationFile, raw ?? {});
  if ("findings" in parsed) throw refuse("CONFIG_INVALID", organisationFile, parsed.findings);
  const { remote, backend, ledger, engine, identity, notices, rules } = parsed.value;
  return Object.freeze({
    remote: remote ?? "origin",
    backend: backend ?? localBackend,
    ledger: { prefix: "trueup/", signers: [], ...ledger },
    engine: { versions: ">=3.250.0 <4", programHost: "auto" as const, ...engine },
    identity: identityOf(identity),
    notices: (notices ?? []).map(noticeTarget),
    rules: rulesOf(rules),
  });
}
