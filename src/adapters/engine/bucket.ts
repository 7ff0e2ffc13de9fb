import { encoded, keysOf, payloadDigest, signedHeaders, type AwsKeys } from "../../base/aws/index.ts";

/** A bucket of S3, or of what speaks its protocol, as an engine's backend names it. */
export interface Bucket {
  /** With the bucket in host or path; ends with "/". */
  readonly base: string;
  /** Before every key: "" or "folder/". */
  readonly prefix: string;
  readonly region: string;
  readonly keys: AwsKeys;
}

const deadlineMs = 10_000;
const answerCap = 1024 * 1024;

const isOn = (url: URL, names: readonly string[]): boolean => names.some((name) => /^(true|1)$/i.test(url.searchParams.get(name) ?? ""));

/** Without an endpoint of its own it is AWS's. */
function baseOf(url: URL, region: string, variables: Readonly<Record<string, string>>): string | undefined {
  const bucket = url.hostname;
  const given = url.searchParams.get("endpoint") ?? variables["AWS_ENDPOINT_URL_S3"] ?? variables["AWS_ENDPOINT_URL"];
  const scheme = isOn(url, ["disableSSL", "disable_https"]) ? "http" : "https";
  const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  const address = given === undefined || given === "" ? `https://s3.${region}.${domain}` : /^https?:\/\//.test(given) ? given : `${scheme}://${given}`;
  if (!URL.canParse(address)) return undefined;
  const { protocol, host } = new URL(address);
  // A name with a dot in it is in no certificate of the host's.
  const isPath = isOn(url, ["s3ForcePathStyle", "use_path_style"]) || bucket.includes(".");
  return isPath ? `${protocol}//${host}/${bucket}/` : `${protocol}//${bucket}.${host}/`;
}

/** Settings of a backend that change where or as whom it is reached, and that are not understood here. */
const notUnderstood = ["prefix", "profile", "anonymous", "accelerate", "dualstack", "fips"];
const proxies = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

/**
 * The bucket behind a backend's URL, with keys from variables or by a web identity. undefined: it is none, or can only be reached in a way that is left to
 * the engine (profiles, proxies, metadata).
 */
export async function bucketOf(backend: string, variables: Readonly<Record<string, string>>): Promise<Bucket | undefined> {
  if (!backend.startsWith("s3://") || !URL.canParse(backend)) return undefined;
  const url = new URL(backend);
  const region = url.searchParams.get("region") ?? variables["AWS_REGION"] ?? variables["AWS_DEFAULT_REGION"] ?? "us-east-1";
  const base = baseOf(url, region, variables);
  if (base === undefined || notUnderstood.some((name) => url.searchParams.has(name))) return undefined;
  if (proxies.some((name) => (variables[name] ?? "") !== "")) return undefined;
  const keys = await keysOf(variables);
  if (keys === undefined) return undefined;
  const folder = decodeURIComponent(url.pathname).replace(/^\/+|\/+$/g, "");
  return { base, prefix: folder === "" ? "" : `${folder}/`, region, keys };
}

const pathOf = (key: string): string => key.split("/").map(encoded).join("/");

/** One signed request; undefined when there is no answer with a status of 2xx in time. */
async function ask(bucket: Bucket, method: "GET" | "DELETE", path: string): Promise<string | undefined> {
  const url = new URL(`${bucket.base}${path}`);
  const headers = { "x-amz-content-sha256": payloadDigest("") };
  const signed = signedHeaders({ method, url, headers, body: "" }, bucket.keys, { service: "s3", region: bucket.region, at: new Date() });
  const { host: _, ...sent } = signed;
  try {
    const answer = await fetch(url, { method, headers: sent, redirect: "error", signal: AbortSignal.timeout(deadlineMs) });
    const text = await answer.text();
    return answer.ok && text.length <= answerCap ? text : undefined;
  } catch {
    return undefined;
  }
}

const plain = (text: string): string => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&amp;", "&");

/** Keys right below a folder of the backend, without it. undefined: it could not be listed, or not as a whole. */
export async function namesIn(bucket: Bucket, folder: string): Promise<readonly string[] | undefined> {
  const start = `${bucket.prefix}${folder}/`;
  const listing = await ask(bucket, "GET", `?list-type=2&prefix=${encoded(start)}`);
  if (listing === undefined || !listing.includes("<IsTruncated>false</IsTruncated>")) return undefined;
  const keys = [...listing.matchAll(/<Key>([^<]*)<\/Key>/g)].map((found) => plain(found[1] ?? ""));
  return keys.flatMap((key) => (key.startsWith(start) && !key.slice(start.length).includes("/") ? [key.slice(start.length)] : []));
}

export function readObject(bucket: Bucket, path: string): Promise<string | undefined> {
  return ask(bucket, "GET", pathOf(`${bucket.prefix}${path}`));
}

/** Whether it is gone now, as the bucket says. */
export async function removeObject(bucket: Bucket, path: string): Promise<boolean> {
  return (await ask(bucket, "DELETE", pathOf(`${bucket.prefix}${path}`))) !== undefined;
}
