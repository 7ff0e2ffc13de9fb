import type { Objects } from "../store/objects.ts";
import type { CloudObject } from "../store/record.ts";
import { at, isList, isObject, textAt, type Json, type JsonObject } from "../wire/json.ts";

const kinds: Readonly<Record<string, { readonly kind: string; readonly group: string }>> = {
  deployments: { kind: "Deployment", group: "apps/v1" },
  statefulsets: { kind: "StatefulSet", group: "apps/v1" },
  daemonsets: { kind: "DaemonSet", group: "apps/v1" },
  pods: { kind: "Pod", group: "v1" },
};

const place = /^\/cluster\/([^/]+)\/(?:apis\/(apps\/v1)|api\/(v1))\/namespaces\/([^/]+)\/([a-z]+)\/([^/?]+)$/;

/** Who is ill has no pod that answers: what its controller would write then. */
function illStatus(status: JsonObject): JsonObject {
  const none = ["availableReplicas", "readyReplicas", "numberReady", "numberAvailable"].filter((key) => status[key] !== undefined);
  const conditions = isList(status["conditions"])
    ? status["conditions"].map((one): Json => (isObject(one) ? { ...one, status: "False", reason: "Unhealthy" } : one))
    : undefined;
  return { ...status, ...Object.fromEntries(none.map((key) => [key, 0])), ...(conditions === undefined ? {} : { conditions }) };
}

function shown({ health, properties }: CloudObject, { kind, group }: { readonly kind: string; readonly group: string }): JsonObject {
  const status = isObject(properties["status"]) ? properties["status"] : {};
  return { ...properties, apiVersion: group, kind, status: health === "healthy" ? status : illStatus(status) };
}

function notFound(name: string, kind: string): JsonObject {
  return { kind: "Status", apiVersion: "v1", status: "Failure", reason: "NotFound", details: { name, kind }, code: 404 };
}

/**
 * The part of the Kubernetes API that tells how one workload stands: `/cluster/NAME/apis/apps/v1/namespaces/…`, the cluster by its server's host.
 * Undefined for every other path.
 */
export function kubernetesAnswer(objects: Objects, path: string): { readonly status: number; readonly body: JsonObject } | undefined {
  const [, cluster, apps, core, namespace, plural = "", name] = place.exec(path)?.map((part) => (part === undefined ? "" : decodeURIComponent(part))) ?? [];
  if (cluster === undefined || name === undefined) return undefined;
  const asked = kinds[plural];
  if (asked === undefined || asked.group !== (apps === "" ? core : apps)) return { status: 404, body: notFound(name, plural) };
  const found = [...objects.walk({ provider: "kubernetes", account: cluster })].find(
    ({ type, properties }) =>
      type === `kubernetes:${apps === "" ? "core/v1" : "apps/v1"}:${asked.kind}` &&
      at(properties, "metadata", "name") === name &&
      (textAt(properties, "metadata", "namespace") ?? "default") === namespace,
  );
  return found === undefined ? { status: 404, body: notFound(name, plural) } : { status: 200, body: shown(found, asked) };
}
