import { signedHeaders, type AwsKeys } from "./sign.ts";

/**
 * Whom AWS takes the holder of these credentials for. `account` is the twelve digits that an environment records; `arn` names user or role.
 * `unknown`: it could not be asked or gave no answer, and `why` says so in public words; a guard must not read it as "unchanged".
 */
export type AwsIdentity =
  | { readonly kind: "known"; readonly account: string; readonly arn: string }
  | { readonly kind: "unknown"; readonly why: string; readonly cause: "no-credentials" | "refused" | "unreachable" };

export interface AwsAccountOptions {
  /** Where STS answers; else AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL, or the regional one of AWS. */
  readonly endpoint?: string;
  readonly now?: Date;
  readonly signal?: AbortSignal;
}

const deadlineMs = 10_000;
const answerCap = 64 * 1024;
const body = "Action=GetCallerIdentity&Version=2011-06-15";

type Variables = Readonly<Record<string, string>>;

function keysOf(variables: Variables): AwsKeys | undefined {
  const [id, secret, session] = [variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"], variables["AWS_SESSION_TOKEN"]];
  if (id === undefined || secret === undefined || id === "" || secret === "") return undefined;
  return { id, secret, ...(session === undefined || session === "" ? {} : { session }) };
}

function domainOf(region: string): string {
  return region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
}

function endpointOf(variables: Variables, region: string): string {
  return variables["AWS_ENDPOINT_URL_STS"] ?? variables["AWS_ENDPOINT_URL"] ?? `https://sts.${region}.${domainOf(region)}`;
}

function element(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]{1,2048})</${name}>`).exec(xml)?.[1];
}

const unknown = (cause: "no-credentials" | "refused" | "unreachable", why: string): AwsIdentity => ({ kind: "unknown", cause, why });

function readAnswer(status: number, text: string): AwsIdentity {
  const [account, arn] = [element(text, "Account"), element(text, "Arn")];
  if (status === 200 && account !== undefined && /^\d{12}$/.test(account) && arn !== undefined) return { kind: "known", account, arn };
  // STS's error codes are fixed words; its messages may repeat what was sent, so they stay out.
  const code = element(text, "Code");
  return unknown("refused", `STS says ${code !== undefined && /^\w{1,60}$/.test(code) ? code : status}`);
}

/**
 * Asks STS whose credentials these are: the one call that every principal may make and no policy can deny. The keys are read from the variables that a
 * stack's site gets and from nowhere else: profiles, web identities and the metadata service are left to the engine's providers ("no-credentials" here).
 * Reads only; takes 10 s at the most; never throws; nothing of the keys is in what it returns. Safe to call many times at once.
 */
export async function awsAccount(variables: Variables, options: AwsAccountOptions = {}): Promise<AwsIdentity> {
  const keys = keysOf(variables);
  if (keys === undefined) return unknown("no-credentials", "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set");
  const region = variables["AWS_REGION"] ?? variables["AWS_DEFAULT_REGION"] ?? "us-east-1";
  const endpoint = options.endpoint ?? endpointOf(variables, region);
  if (!URL.canParse(endpoint)) return unknown("unreachable", "the address of STS is no URL");
  const url = new URL("/", endpoint);
  const headers = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
  const { host: _, ...signed } = signedHeaders({ method: "POST", url, headers, body }, keys, { service: "sts", region, at: options.now ?? new Date() });
  const late = AbortSignal.timeout(deadlineMs);
  try {
    const answer = await fetch(url, {
      method: "POST",
      headers: signed,
      body,
      redirect: "error",
      signal: options.signal === undefined ? late : AbortSignal.any([late, options.signal]),
    });
    return readAnswer(answer.status, (await answer.text()).slice(0, answerCap));
  } catch {
    return unknown("unreachable", late.aborted ? `STS at ${url.host} gave no answer within ${deadlineMs / 1000} s` : `STS at ${url.host} cannot be reached`);
  }
}
