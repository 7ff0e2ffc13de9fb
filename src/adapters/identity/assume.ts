import { Problem } from "../../base/problem/index.ts";
import { element, regionOf } from "../../base/aws/index.ts";
import { askSts, type AwsAccountOptions, type Variables } from "./sts.ts";

export interface AssumeQuestion {
  /** `arn:aws:iam::…:role/…`. */
  readonly role: string;
  /** Shows in the account's own log who it was: letters, digits and `+=,.@-`, at most 64. */
  readonly session: string;
  /** What it is for, in a person's words. */
  readonly on: string;
}

/** Shorter than any role's own limit; a run that takes longer asks again. */
const seconds = 3600;

/** Everything by which an AWS SDK would find other credentials than the given ones. */
const otherWays =
  /^AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|SECURITY_TOKEN|PROFILE|DEFAULT_PROFILE|ROLE_ARN|ROLE_SESSION_NAME|WEB_IDENTITY_TOKEN_FILE|SHARED_CREDENTIALS_FILE|CONFIG_FILE|CONTAINER_\w+|CREDENTIAL_EXPIRATION)$/;

/** Credentials of other clouds and of Pulumi's own: none of them is the role's. */
const otherClouds = /^(KUBECONFIG$|GOOGLE_|AZURE_|ARM_|PULUMI_ACCESS_TOKEN$)/;

/**
 * The same variables with the credentials of a role in place of the caller's: temporary ones, for an hour, by STS's AssumeRole signed with what is
 * given. Region, endpoints and proxies stay; no other way to credentials does. Raises IDENTITY_REFUSED; nothing of the keys is in it.
 */
export async function assumeRole(variables: Variables, question: AssumeQuestion, options: AwsAccountOptions = {}): Promise<Readonly<Record<string, string>>> {
  const { role, session, on } = question;
  const refused = (why: string): Problem =>
    new Problem("IDENTITY_REFUSED", {
      what: `the role ${role} could not be assumed: ${why}`,
      on,
      todo: "Give this process credentials that the role's trust policy names, or change the environment's identity.",
    });
  const asked = { Action: "AssumeRole", Version: "2011-06-15", RoleArn: role, RoleSessionName: session.replaceAll(/[^\w+=,.@-]/g, "-").slice(0, 64) };
  const answer = await askSts(variables, new URLSearchParams({ ...asked, DurationSeconds: String(seconds) }).toString(), options);
  if (answer.kind === "unknown") throw refused(answer.why);
  const [id, secret, token] = ["AccessKeyId", "SecretAccessKey", "SessionToken"].map((name) => element(answer.text, name));
  if (id === undefined || secret === undefined || token === undefined) throw refused("STS gave no credentials");
  const kept = Object.entries(variables).filter(([name]) => !otherWays.test(name) && !otherClouds.test(name));
  const metadata = { AWS_EC2_METADATA_DISABLED: "true" };
  return {
    ...Object.fromEntries(kept),
    ...metadata,
    AWS_REGION: regionOf(variables),
    AWS_ACCESS_KEY_ID: id,
    AWS_SECRET_ACCESS_KEY: secret,
    AWS_SESSION_TOKEN: token,
  };
}
