import { element } from "../../base/aws/index.ts";
import { askSts, refusedBySts, type AwsAccountOptions, type StsAnswer, type Variables } from "./sts.ts";

/**
 * Whom AWS takes the holder of these credentials for. `account` is the twelve digits that an environment records; `arn` names user or role.
 * `unknown`: it could not be asked or gave no answer, and `why` says so in public words; a guard must not read it as "unchanged".
 */
export type AwsIdentity = { readonly kind: "known"; readonly account: string; readonly arn: string } | Extract<StsAnswer, { kind: "unknown" }>;

const body = "Action=GetCallerIdentity&Version=2011-06-15";

/**
 * Asks STS whose credentials these are: the one call that every principal may make and no policy can deny. Reads only; safe to call many times at
 * once; otherwise as `askSts`.
 */
export async function awsAccount(variables: Variables, options: AwsAccountOptions = {}): Promise<AwsIdentity> {
  const answer = await askSts(variables, body, options);
  if (answer.kind === "unknown") return answer;
  const [account, arn] = [element(answer.text, "Account"), element(answer.text, "Arn")];
  return account !== undefined && /^\d{12}$/.test(account) && arn !== undefined ? { kind: "known", account, arn } : refusedBySts(200, answer.text);
}
