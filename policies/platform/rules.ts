import { noPublicBucket } from "./buckets.ts";
import { encryptedDatabase } from "./encryption.ts";
import { limitsOnPods, noPrivilegedPod } from "./pods.ts";
import type { NamedRule } from "./rule.ts";
import { statefulIsKept } from "./stateful.ts";
import { requiredTags } from "./tags.ts";

export const rules: readonly NamedRule[] = [requiredTags, noPublicBucket, encryptedDatabase, noPrivilegedPod, limitsOnPods, statefulIsKept];
