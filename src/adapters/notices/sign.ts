import { createHmac } from "node:crypto";
import type { Secret } from "../../base/secret/index.ts";

/** A key that is written as Standard Webhooks writes it is base64; any other is taken as it stands. */
function keyOf(secret: Secret): Buffer {
  const text = secret.reveal();
  return text.startsWith("whsec_") ? Buffer.from(text.slice("whsec_".length), "base64") : Buffer.from(text, "utf8");
}

export interface Signed {
  readonly id: string;
  /** Seconds since 1970: what was recorded on the way is worth nothing minutes later. */
  readonly timestamp: number;
  readonly body: string;
}

/** The headers of Standard Webhooks: HMAC-SHA256 over id, time and body, so that neither can be exchanged. */
export function signature({ id, timestamp, body }: Signed, secret: Secret): Readonly<Record<string, string>> {
  const mac = createHmac("sha256", keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": String(timestamp), "webhook-signature": `v1,${mac}` };
}
