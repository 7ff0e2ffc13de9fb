export {
  layers,
  type Bound,
  type DriftRules,
  type Environment,
  type IgnoreRule,
  type Json,
  type KubeconfigSource,
  type Layer,
  type NamedCommand,
  type NoticeKind,
  type NoticeTarget,
  type Organisation,
  type SecretSource,
  type StackDeclaration,
  type VerifyCheck,
  type Window,
  type Workload,
  type WriteBack,
} from "./environment.ts";
export { ofFork, type Credentials, type Identity } from "./identity.ts";
export { plainData, type Finding } from "./plain.ts";
export { checkEnvironmentFile, environmentFile, resolveEnvironment } from "./resolve.ts";
export { organisationFile, resolveOrganisation } from "./organisation.ts";
export type { EnvironmentFile, OrganisationFile } from "./schema.ts";
export { cronFault, durationMs, longestWindowMs, rangeFault, signerFault, timeZoneFault } from "./syntax.ts";
export { checkText } from "./verify.ts";
