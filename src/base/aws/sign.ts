import { createHash, createHmac } from "node:crypto";

/** Long-lived or temporary keys of one AWS principal. */
export interface AwsKeys {
  readonly id: string;
  readonly secret: string;
  /** Of temporary keys. */
  readonly session?: string;
}

/** One request as it is signed: the body is part of the signature. Its path is as it is sent, with everything but unreserved characters and "/" encoded. */
export interface Signable {
  readonly method: "GET" | "POST" | "DELETE";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface SigningScope {
  readonly service: string;
  readonly region: string;
  readonly at: Date;
}

const sha256 = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text, "utf8").digest();

/** What S3 wants as `x-amz-content-sha256`. */
export const payloadDigest = sha256;

/** RFC 3986's unreserved characters stay; encodeURIComponent leaves five more. */
export const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
const byCode = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function canonicalQuery(url: URL): string {
  return [...url.searchParams]
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .toSorted(byCode)
    .join("&");
}

/**
 * The headers to send, with AWS's Signature Version 4: those given, `host`, `x-amz-date`, the session token, and `authorization`, which covers them all.
 * For the query-protocol services (sts, ec2, iam), whose path is `/`, and for S3, which wants its payload's digest among the headers (`payloadDigest`).
 */
export function signedHeaders(request: Signable, keys: AwsKeys, { service, region, at }: SigningScope): Record<string, string> {
  const time = at.toISOString().replace(/[-:]|\.\d+/g, "");
  const day = time.slice(0, 8);
  const sent: Record<string, string> = { ...request.headers, host: request.url.host, "x-amz-date": time };
  if (keys.session !== undefined) sent["x-amz-security-token"] = keys.session;
  const lines = Object.entries(sent)
    .map(([name, value]) => [name.toLowerCase(), value.trim().replace(/\s+/g, " ")] as const)
    .toSorted(([a], [b]) => byCode(a, b));
  const names = lines.map(([name]) => name).join(";");
  const canonical = [
    request.method,
    request.url.pathname,
    canonicalQuery(request.url),
    ...lines.map(([name, value]) => `${name}:${value}`),
    "",
    names,
    sha256(request.body),
  ].join("\n");
  const scope = `${day}/${region}/${service}/aws4_request`;
  const key = hmac(hmac(hmac(hmac(`AWS4${keys.secret}`, day), region), service), "aws4_request");
  const signature = hmac(key, ["AWS4-HMAC-SHA256", time, scope, sha256(canonical)].join("\n")).toString("hex");
  return { ...sent, authorization: `AWS4-HMAC-SHA256 Credential=${keys.id}/${scope}, SignedHeaders=${names}, Signature=${signature}` };
}
