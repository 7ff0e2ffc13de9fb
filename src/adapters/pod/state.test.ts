import { describe, expect, it } from "vitest";
import type { Pod } from "./pod.ts";
import { containerId, podState } from "./state.ts";
import { tokenOwner } from "./token.ts";

const pod: Pod = { namespace: "trueup", name: "agent-7d9f-x2x", uid: "u-1", account: "sa-1", container: { name: "agent", id: "containerd://one" } };
const running = { name: "agent", containerID: "containerd://one", state: { running: { startedAt: "2026-11-21T08:00:00Z" } }, lastState: {} };

function answer(status: object, metadata: object = {}): { readonly status: number; readonly body: unknown } {
  return { status: 200, body: { kind: "Pod", metadata: { name: pod.name, namespace: "trueup", uid: "u-1", ...metadata }, status } };
}
const notFound = (kind: string, name: string): object => ({ kind: "Status", status: "Failure", reason: "NotFound", details: { name, kind }, code: 404 });

describe("a pod", () => {
  it.each([
    ["there is none of its name", { status: 404, body: notFound("pods", pod.name) }],
    ["another one has its name", answer({ phase: "Running", containerStatuses: [running] }, { uid: "u-2" })],
    ["it has ended well", answer({ phase: "Succeeded", containerStatuses: [{ ...running, state: { terminated: {} } }] })],
    ["it was evicted", answer({ phase: "Failed" })],
    ["another container runs in the place of its own", answer({ phase: "Running", containerStatuses: [{ ...running, containerID: "containerd://two" }] })],
    [
      "its container was killed and no other runs yet",
      answer({ phase: "Running", containerStatuses: [{ ...running, state: { terminated: { exitCode: 137 } } }] }),
    ],
    [
      "its container waits to be started again",
      answer({
        phase: "Running",
        containerStatuses: [{ name: "agent", state: { waiting: {} }, lastState: { terminated: { containerID: "containerd://one" } } }],
      }),
    ],
  ])("has ended when %s", (_, told) => {
    expect(podState(pod, told)).toBe("ended");
  });

  it.each([
    ["it runs", answer({ phase: "Running", containerStatuses: [running] })],
    [
      "it is being deleted, on a node that does not answer",
      answer({ phase: "Running", containerStatuses: [running] }, { deletionTimestamp: "2026-11-21T08:00:00Z" }),
    ],
    ["it is called failed while a container of it still runs", answer({ phase: "Failed", containerStatuses: [running] })],
    [
      "a container beside its own was killed",
      answer({ phase: "Running", containerStatuses: [running, { name: "proxy", containerID: "x", state: { terminated: {} } }] }),
    ],
    [
      "the kubelet does not know its container yet",
      answer({ phase: "Running", containerStatuses: [{ name: "agent", state: { waiting: {} }, lastState: {} }] }),
    ],
  ])("runs when %s", (_, told) => {
    expect(podState(pod, told)).toBe("running");
  });

  it.each([
    ["what was not found is something else", { status: 404, body: notFound("namespaces", "trueup") }],
    ["something else was not found", { status: 404, body: notFound("pods", "another") }],
    ["somebody on the way says 404", { status: 404, body: { message: "no route" } }],
    ["it may not be seen", { status: 403, body: { kind: "Status", reason: "Forbidden", details: { name: pod.name, kind: "pods" } } }],
    ["the API server is ill", { status: 500, body: {} }],
    ["the answer is about another", answer({ phase: "Failed" }, { name: "another" })],
    ["the answer is no pod", { status: 200, body: [] }],
  ])("is not known to have ended when %s", (_, told) => {
    expect(podState(pod, told)).toBe("unknown");
  });

  it("tells the id of a container that runs in it, and of none that does not", () => {
    expect(containerId(pod, "agent", answer({ phase: "Running", containerStatuses: [running] }))).toBe("containerd://one");
    expect(containerId(pod, "agent", answer({ phase: "Running", containerStatuses: [running] }, { uid: "u-2" }))).toBeUndefined();
    expect(containerId(pod, "agent", answer({ phase: "Running", containerStatuses: [{ ...running, state: { terminated: {} } }] }))).toBeUndefined();
    expect(containerId(pod, "proxy", answer({ phase: "Running", containerStatuses: [running] }))).toBeUndefined();
  });
});

describe("a token", () => {
  const token = (body: unknown): string => `h.${Buffer.from(JSON.stringify(body)).toString("base64url")}.s\n`;

  it("of a pod says whose it is; one of a Secret, and nonsense, say nothing", () => {
    const kubernetes = { namespace: "trueup", pod: { name: "a", uid: "u" }, serviceaccount: { name: "trueup-agent", uid: "s" }, node: { name: "n" } };
    expect(tokenOwner(token({ iss: "https://kubernetes.default.svc", "kubernetes.io": kubernetes }))).toEqual({
      namespace: "trueup",
      name: "a",
      uid: "u",
      account: "s",
    });
    const { pod: _, ...unbound } = kubernetes;
    for (const other of [token({ "kubernetes.io": unbound }), token(7), "a.b.c", "", "no token"]) expect(tokenOwner(other)).toBeUndefined();
  });
});
