import { z } from "zod";
import type { Pod, PodState } from "./pod.ts";

const containerState = z.object({ running: z.unknown().optional(), terminated: z.object({ containerID: z.string().optional() }).optional() }).optional();
const containerStatus = z.object({ name: z.string(), containerID: z.string().optional(), state: containerState, lastState: containerState });
const statuses = z
  .array(containerStatus)
  .nullish()
  .transform((all) => all ?? []);

const podAnswer = z.object({
  kind: z.literal("Pod"),
  metadata: z.object({ name: z.string(), namespace: z.string(), uid: z.string().min(1) }),
  status: z.object({ phase: z.string().optional(), containerStatuses: statuses, initContainerStatuses: statuses, ephemeralContainerStatuses: statuses }),
});
type PodAnswer = z.infer<typeof podAnswer>;

const noSuchPod = z.object({ kind: z.literal("Status"), reason: z.literal("NotFound"), details: z.object({ kind: z.literal("pods"), name: z.string() }) });

/** Whether the holder's container ended: it was seen to, or another one runs in its place, which the kubelet starts no sooner. */
function containerEnded({ status }: PodAnswer, { container }: Pod): boolean {
  const found = status.containerStatuses.find(({ name }) => name === container?.name);
  if (container === undefined || found === undefined) return false;
  const { containerID: now = "", state, lastState } = found;
  if (lastState?.terminated?.containerID === container.id) return true;
  return now !== "" && (now !== container.id || state?.terminated !== undefined);
}

/** A pod may be called failed while the kubelet still ends its containers. */
function isOver({ status }: PodAnswer): boolean {
  const all = [...status.containerStatuses, ...status.initContainerStatuses, ...status.ephemeralContainerStatuses];
  return (status.phase === "Succeeded" || status.phase === "Failed") && all.every(({ state }) => state?.running === undefined);
}

/** What an answer of the API server says of a pod. An answer that is not about it says nothing. */
export function podState(pod: Pod, answer: { readonly status: number; readonly body: unknown }): PodState {
  if (answer.status === 404) return noSuchPod.safeParse(answer.body).data?.details.name === pod.name ? "ended" : "unknown";
  const found = answer.status === 200 ? podAnswer.safeParse(answer.body).data : undefined;
  if (found === undefined || found.metadata.name !== pod.name || found.metadata.namespace !== pod.namespace) return "unknown";
  // A name is given again only when the pod that had it is gone.
  if (found.metadata.uid !== pod.uid) return "ended";
  return isOver(found) || containerEnded(found, pod) ? "ended" : "running";
}

/** The id of one container of a pod; undefined where the answer does not tell. */
export function containerId(pod: Pod, name: string, answer: { readonly status: number; readonly body: unknown }): string | undefined {
  const found = answer.status === 200 ? podAnswer.safeParse(answer.body).data : undefined;
  const container = found?.metadata.uid === pod.uid ? found.status.containerStatuses.find((one) => one.name === name) : undefined;
  return container?.state?.running === undefined || container.containerID === "" ? undefined : container.containerID;
}
