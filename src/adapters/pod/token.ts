import { z } from "zod";

/** What Kubernetes writes into the tokens that it gives to pods. */
const claims = z.object({
  "kubernetes.io": z.object({
    namespace: z.string().min(1),
    pod: z.object({ name: z.string().min(1), uid: z.string().min(1) }),
    serviceaccount: z.object({ uid: z.string().min(1) }),
  }),
});

/** Whose token it is. `account`: the uid of the service account, which no account of another cluster has. */
export interface TokenOwner {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly account: string;
}

/**
 * Reads what a token says of its pod, unchecked: it comes from a file that the kubelet writes for this pod alone. undefined: no token of a pod (those
 * that are kept in Secrets name none).
 */
export function tokenOwner(token: string): TokenOwner | undefined {
  const [, body] = token.trim().split(".");
  if (body === undefined) return undefined;
  try {
    const found = claims.parse(JSON.parse(Buffer.from(body, "base64url").toString("utf8")))["kubernetes.io"];
    return { namespace: found.namespace, ...found.pod, account: found.serviceaccount.uid };
  } catch {
    return undefined;
  }
}
