import type { Moto } from "./moto.ts";

/** What moto takes for credentials: any, but the engine's blob library wants some. The secret is long enough to be searched for. */
export const credentials = { AWS_ACCESS_KEY_ID: "AKIAJOURNEY000000001", AWS_SECRET_ACCESS_KEY: "journey/secret+key/7f3a9c51d2e84b60a1c7" } as const;

/** moto tells services apart by the scope of the signature, which it does not check unless it is told to. */
function headers(service: string): Record<string, string> {
  return {
    authorization: `AWS4-HMAC-SHA256 Credential=${credentials.AWS_ACCESS_KEY_ID}/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
  };
}

export async function ask(moto: Moto, path: string, init: RequestInit & { readonly service?: string } = {}): Promise<string> {
  const answer = await fetch(`${moto.url}${path}`, {
    ...init,
    headers: { ...headers(init.service ?? "s3"), ...(init.headers as Record<string, string> | undefined) },
    signal: AbortSignal.timeout(20_000),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${init.method ?? "GET"} ${path}: ${answer.status} ${text.slice(0, 300)}`);
  return text;
}

export async function makeBucket(moto: Moto, name: string): Promise<void> {
  await ask(moto, `/${name}`, { method: "PUT" });
}

/** The URL by which the engine reaches a bucket of moto. */
export function backendOf(moto: Moto, bucket: string): string {
  return `s3://${bucket}?endpoint=${moto.host}&s3ForcePathStyle=true&disableSSL=true&region=us-east-1`;
}

function unescaped(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&amp;", "&");
}

/** Key and text of every object in a bucket; fails when the listing was cut. */
export async function objects(moto: Moto, bucket: string): Promise<Record<string, string>> {
  const listing = await ask(moto, `/${bucket}?list-type=2`);
  if (!listing.includes("<IsTruncated>false</IsTruncated>")) throw new Error(`the listing of ${bucket} was cut`);
  const keys = [...listing.matchAll(/<Key>([^<]*)<\/Key>/g)].map((found) => unescaped(found[1] ?? ""));
  const texts = await Promise.all(keys.map((key) => ask(moto, `/${bucket}/${key.split("/").map(encodeURIComponent).join("/")}`)));
  return Object.fromEntries(keys.map((key, at) => [key, texts[at] ?? ""]));
}

export async function put(moto: Moto, path: string, body: string): Promise<void> {
  await ask(moto, `/${path}`, { method: "PUT", body });
}

/** Where a text is found in a bucket, in any of the forms that it could have been written in. */
export function keysWith(found: Readonly<Record<string, string>>, text: string): string[] {
  const forms = [text, Buffer.from(text).toString("base64").replace(/=+$/, ""), Buffer.from(text).toString("hex")];
  return Object.keys(found).filter((key) => forms.some((form) => found[key]?.includes(form)));
}
