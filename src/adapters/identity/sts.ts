import { element, keysOf, regionOf, signedHeaders, stsEndpoint } from "../../base/aws/index.ts";

export interface AwsAccountOptions {
  /** Where STS answers; else AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL, or the regional one of AWS. */
  readonly endpoint?: string;
  readonly now?: Date;
  readonly signal?: AbortSignal;
}

export type Variables = Readonly<Record<string, string>>;

/** What STS said with a status of 200, or why there is nothing. `why` is public text. */
export type StsAnswer =
  | { readonly kind: "answer"; readonly text: string }
  | { readonly kind: "unknown"; readonly why: string; readonly cause: "no-credentials" | "refused" | "unreachable" };

const deadlineMs = 10_000;
const answerCap = 64 * 1024;

const unknown = (cause: "no-credentials" | "refused" | "unreachable", why: string): StsAnswer => ({ kind: "unknown", cause, why });

export function refusedBySts(status: number, text: string): Extract<StsAnswer, { kind: "unknown" }> {
  // STS's error codes are fixed words; its messages may repeat what was sent, so they stay out.
  const code = element(text, "Code");
  return { kind: "unknown", cause: "refused", why: `STS says ${code !== undefined && /^\w{1,60}$/.test(code) ? code : status}` };
}

/**
 * One signed call of STS with keys that the variables give, as such or by a web identity: profiles and the metadata service are left to the engine's
 * providers ("no-credentials" here). Takes 10 s at the most; never throws; nothing of the keys is in what it returns.
 */
export async function askSts(variables: Variables, body: string, options: AwsAccountOptions): Promise<StsAnswer> {
  const keys = await keysOf(variables);
  if (keys === undefined) return unknown("no-credentials", "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set, and no web identity gave any");
  const region = regionOf(variables);
  const endpoint = options.endpoint ?? stsEndpoint(variables);
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
    const text = (await answer.text()).slice(0, answerCap);
    return answer.status === 200 ? { kind: "answer", text } : refusedBySts(answer.status, text);
  } catch {
    return unknown("unreachable", late.aborted ? `STS at ${url.host} gave no answer within ${deadlineMs / 1000} s` : `STS at ${url.host} cannot be reached`);
  }
}
