import { z } from "zod";
import { layers, noticeKinds, writeBacks } from "./environment.ts";
import { argv, checked, duration, exactlyOne, variable } from "./notation.ts";
import {
  cronFault,
  receiverAddressFault,
  namePattern,
  nameRule,
  pageFault,
  rangeFault,
  repositoryPathFault,
  signerFault,
  timeZoneFault,
  windowLengthFault,
} from "./syntax.ts";
import { VerifyFile } from "./verify-file.ts";

const cron = checked(cronFault);
const timeZone = checked(timeZoneFault);
const repositoryPath = checked(repositoryPathFault);
const range = checked(rangeFault);
const safeName = checked((text) => (namePattern.test(text) ? undefined : `"${text}" is no name: ${nameRule}`));
const signer = checked(signerFault);

function noticeParts(value: object, context: z.RefinementCtx): void {
  const { webhook, secret, channel } = value as { readonly webhook?: string; readonly secret?: string; readonly channel?: string };
  const add = (path: string, message: string): void => context.addIssue({ code: "custom", path: [path], message });
  if (webhook !== undefined && secret === undefined) add("secret", "a webhook is signed: name the variable that holds its secret");
  if (webhook === undefined && secret !== undefined) add("secret", "only a webhook has one; Slack's own address is the secret");
  if (webhook !== undefined && channel !== undefined) add("channel", "only Slack has channels");
}

export const CommandFile = z.strictObject({ name: z.string().min(1), run: argv, deadline: duration.optional() });
const HookFile = z.strictObject({ run: argv, deadline: duration.optional() });

const IgnoreFile = z.strictObject({
  type: z.string().min(1),
  name: z.string().optional(),
  path: z.string(),
  reason: z.string().min(1, "an ignore rule says why"),
  expires: z.iso.date().optional(),
});
export const DriftFile = z.strictObject({
  mode: z.enum(["detect", "propose", "fix"]).optional(),
  schedule: cron.optional(),
  tz: timeZone.optional(),
  alertAfter: duration.optional(),
  ignore: z.array(IgnoreFile).optional(),
});
const StackApprovalsFile = z.strictObject({ min: z.int().min(0).max(20).optional(), from: z.array(z.string().min(1)).optional() });
const ApprovalsFile = StackApprovalsFile.extend({ codeOwners: z.boolean().optional() });
const GuardsFile = z.strictObject({
  maxDestroy: z.strictObject({ count: z.int().min(0).optional(), percent: z.number().min(0).max(100).optional() }).optional(),
});
const PoliciesFile = z.strictObject({
  packs: z.array(repositoryPath).optional(),
  levels: z.record(z.string(), z.enum(["advisory", "mandatory", "disabled"])).optional(),
});
const WindowFile = z.strictObject({
  kind: z.enum(["allow", "deny"]),
  for: z.array(z.enum(["apply", "drift", "rollback"])).min(1),
  cron,
  duration: checked(windowLengthFault),
  tz: timeZone,
});
const secretlessAddress = checked(receiverAddressFault);
const NoticeFile = z
  .strictObject({
    webhook: secretlessAddress.optional(),
    secret: variable.optional(),
    slack: variable.optional(),
    channel: checked((text) => (/^[#@]?[\w.-]{1,80}$/.test(text) ? undefined : `"${text}" is no channel of Slack`)).optional(),
    on: z.array(z.enum(noticeKinds)).min(1).optional(),
  })
  .superRefine(exactlyOne(["webhook", "slack"]))
  .superRefine(noticeParts);
const SourceFile = z
  .strictObject({ env: z.string().min(1).optional(), file: z.string().min(1).optional(), command: argv.optional() })
  .superRefine(exactlyOne(["env", "file", "command"]));
const SecretsFile = z.strictObject({ provider: z.literal("passphrase", "only the passphrase provider is there"), from: SourceFile });

const everyStack = {
  layer: z.enum(layers),
  dependsOn: z.array(safeName).optional(),
  requires: z.record(z.string(), range).optional(),
  version: z.string().optional(),
  verify: z.array(VerifyFile).optional(),
  runbook: z.string().optional(),
  rollback: z.enum(["auto", "forward-only"]).optional(),
  drift: DriftFile.optional(),
  approvals: StackApprovalsFile.optional(),
  guards: GuardsFile.optional(),
};
const StackFile = z.strictObject({ kind: z.literal("stack"), path: repositoryPath, args: z.record(z.string(), z.unknown()).optional(), ...everyStack });
const ProjectFile = z.strictObject({
  kind: z.literal("project"),
  path: repositoryPath,
  stack: checked((text) => (/^(?!\.{1,2}(\/|$))[\w.-]+(\/(?!\.{1,2}(\/|$))[\w.-]+){0,2}$/.test(text) ? undefined : `"${text}" is no Pulumi stack name`)),
  ...everyStack,
});

export type NoticeFile = z.infer<typeof NoticeFile>;

const role = z.strictObject({
  role: checked((text) =>
    /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/.test(text) ? undefined : `"${text}" is no role: arn:aws:iam::<12 digits>:role/<name>`,
  ),
});
export const IdentityFile = z.strictObject({
  preview: z
    .strictObject({
      as: z.union([z.enum(["none", "ambient"]), role]).optional(),
      network: z.boolean().optional(),
      isolation: z.enum(["required", "preferred"]).optional(),
    })
    .optional(),
  apply: z.strictObject({ as: z.union([z.literal("ambient"), role]).optional() }).optional(),
});

/** environments/<env>/environment.ts, as written. */
export const EnvironmentFile = z.strictObject({
  branch: z.string().min(1).optional(),
  url: checked(pageFault).optional(),
  cloud: z.enum(["real", "sandbox"]),
  backend: z.string().min(1).optional(),
  secrets: SecretsFile.optional(),
  stacks: z.record(safeName, z.discriminatedUnion("kind", [StackFile, ProjectFile])),
  retire: z.record(safeName, z.enum(["destroy", "forget"])).optional(),
  approvals: ApprovalsFile.optional(),
  verify: z.strictObject({ required: z.boolean().optional(), checks: z.array(VerifyFile).max(50).optional(), settle: duration.optional() }).optional(),
  windows: z.array(WindowFile).optional(),
  drift: DriftFile.optional(),
  checks: z.array(CommandFile).optional(),
  notices: z.array(NoticeFile).max(20).optional(),
  hooks: z
    .strictObject({ preApply: HookFile.optional(), postApply: HookFile.optional(), onFail: HookFile.optional(), onRollback: HookFile.optional() })
    .optional(),
  policies: PoliciesFile.optional(),
  preview: z.strictObject({ refresh: z.union([z.enum(["always", "never"]), duration]).optional() }).optional(),
  apply: z
    .strictObject({ whenChanged: z.enum(["subset", "stop", "ask"]).optional(), parallel: z.int().min(1).max(64).optional(), expect: duration.optional() })
    .optional(),
  guards: GuardsFile.optional(),
  engine: z.strictObject({ programHost: z.enum(["auto", "pulumi", "trueup"]).optional() }).optional(),
  identity: IdentityFile.optional(),
  writeBack: z.enum(writeBacks).optional(),
});
export type EnvironmentFile = z.infer<typeof EnvironmentFile>;

/** trueup.config.ts, as written. */
export const OrganisationFile = z.strictObject({
  remote: z.string().min(1).optional(),
  backend: z.string().min(1).optional(),
  ledger: z.strictObject({ prefix: z.string().min(1).optional(), signers: z.array(signer).max(100).optional() }).optional(),
  engine: z.strictObject({ versions: range.optional(), programHost: z.enum(["auto", "pulumi", "trueup"]).optional() }).optional(),
  identity: IdentityFile.optional(),
  notices: z.array(NoticeFile).max(20).optional(),
  rules: z
    .strictObject({
      approvals: ApprovalsFile.optional(),
      verify: z.strictObject({ required: z.boolean().optional() }).optional(),
      policies: PoliciesFile.optional(),
      guards: GuardsFile.optional(),
      checks: z.array(CommandFile).optional(),
    })
    .optional(),
});
export type OrganisationFile = z.infer<typeof OrganisationFile>;
