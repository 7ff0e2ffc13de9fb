import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { systemClock } from "../../src/base/clock/index.ts";
import { runChild, thisMachine } from "../../src/base/process/index.ts";
import { ledgerOf, openEstate, type Estate } from "../../src/workflows/estate/index.ts";
import type { Ledger } from "../../src/workflows/ledger/index.ts";
import { newHome, type Home } from "../journeys/estate.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const here = thisMachine();
const folder = await mkdtemp(join(tmpdir(), "trueup-pods-"));

/** A certificate authority that is its own server at 127.0.0.1. undefined: no openssl here. */
async function authority(name: string): Promise<{ readonly key: string; readonly cert: string } | undefined> {
  const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)];
  const words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", `/CN=${name}`] as const;
  const places = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert] as const;
  const made = await runChild(["openssl", ...words, ...places], { cwd: folder, env: { PATH: here.path }, deadlineMs: 20_000 }).catch(() => undefined);
  if (made?.exitCode !== 0) return undefined;
  return { key: await readFile(key, "utf8"), cert: await readFile(cert, "utf8") };
}

const [ours, theirs] = [await authority("ours"), await authority("theirs")];
if (ours === undefined || theirs === undefined) console.warn("leases of pods are skipped: openssl is not here, or makes no certificates");

interface Shown {
  readonly uid: string;
  readonly phase: string;
  readonly container?: { readonly id: string; readonly runs: boolean };
}

/** As much of an API server as there is to ask: the pods of one namespace, for who has a token. */
class Cluster {
  readonly pods = new Map<string, Shown>();
  readonly asked: string[] = [];
  readonly #server: Server;

  constructor({ key, cert }: { readonly key: string; readonly cert: string }) {
    this.#server = createServer({ key, cert }, (request, response) => {
      this.asked.push(request.url ?? "");
      const name = /^\/api\/v1\/namespaces\/trueup\/pods\/([^/]+)$/.exec(request.url ?? "")?.[1] ?? "";
      const send = (status: number, body: unknown): void => void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
      if (!/^Bearer \w+\.\w+\.\w+$/.test(request.headers.authorization ?? "")) return send(401, { kind: "Status", reason: "Unauthorized" });
      const pod = this.pods.get(name);
      if (pod === undefined) return send(404, { kind: "Status", reason: "NotFound", details: { kind: "pods", name } });
      const state = pod.container?.runs === false ? { terminated: { exitCode: 137 } } : { running: {} };
      const containers = pod.container === undefined ? [] : [{ name: "agent", containerID: pod.container.id, state, lastState: {} }];
      send(200, { kind: "Pod", metadata: { name, namespace: "trueup", uid: pod.uid }, status: { phase: pod.phase, containerStatuses: containers } });
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

describe.skipIf(ours === undefined || theirs === undefined)("the lease of a pod", () => {
  let cluster: Cluster;
  let port = 0;
  let home: Home;
  const opened: Estate[] = [];
  beforeAll(async () => {
    cluster = new Cluster(ours ?? expect.unreachable());
    port = await cluster.listen();
    home = await newHome();
  });
  afterAll(async () => {
    await Promise.all(opened.map((estate) => estate.close()));
    await home?.remove();
    await cluster?.close();
    await rm(folder, { recursive: true, force: true });
  });

  let count = 0;
  /** An agent in a pod, on a machine of its own: its ledger. */
  async function agentIn(
    pod: { readonly name: string; readonly uid: string },
    more: { readonly account?: string; readonly ca?: string } = {},
  ): Promise<Ledger> {
    const account = join(folder, `account-${++count}`);
    await mkdir(account);
    const claims = { namespace: "trueup", pod, serviceaccount: { name: "trueup-agent", uid: more.account ?? "sa-1" } };
    await writeFile(join(account, "token"), `h.${Buffer.from(JSON.stringify({ "kubernetes.io": claims })).toString("base64url")}.s\n`);
    await writeFile(join(account, "ca.crt"), more.ca ?? ours?.cert ?? "");
    const given: Readonly<Record<string, string>> = {
      KUBERNETES_SERVICE_HOST: "127.0.0.1",
      KUBERNETES_SERVICE_PORT: String(port),
      TRUEUP_SERVICE_ACCOUNT: account,
      TRUEUP_CONTAINER: "agent",
    };
    const machine = { ...here, host: `${pod.name}-${count}`, variable: (name: string) => given[name] };
    const estate = await openEstate({ directory: home.clone, machine, clock: systemClock });
    opened.push(estate);
    await estate.repository.fetch();
    return ledgerOf(estate, "dev");
  }

  /** A pod that runs, and the lease that its agent takes. */
  async function holding(name: string): Promise<{ readonly name: string; readonly uid: string }> {
    const pod = { name, uid: `uid-${name}` };
    cluster.pods.set(name, { uid: pod.uid, phase: "Running", container: { id: `containerd://${name}-1`, runs: true } });
    const { lease } = await (await agentIn(pod)).takeLease(`run-${name}`);
    expect(lease.pod).toEqual({ namespace: "trueup", ...pod, account: "sa-1", container: { name: "agent", id: `containerd://${name}-1` } });
    return pod;
  }

  /** Whoever comes next takes it, and gives it back. */
  async function taken(by: Ledger): Promise<string | undefined> {
    const { lease, tookOver } = await by.takeLease("run-next");
    await by.releaseLease(lease);
    return tookOver?.how;
  }

  const held = { code: "LEASE_HELD" };
  const next = { name: "agent-next", uid: "uid-next" };

  test("is held while the pod is there, and is taken over as soon as the cluster says that it is gone", async () => {
    await holding("agent-a");
    const successor = await agentIn(next);
    await expect(successor.takeLease("run-next")).rejects.toMatchObject(held);
    cluster.pods.delete("agent-a");
    expect(await taken(successor)).toBe("the cluster says that pod trueup/agent-a, or its container, has ended (run run-agent-a)");
    expect((await successor.log(2)).map(({ sentence }) => sentence)[1]).toMatch(/takes the lease over from run run-agent-a: the cluster says/);
  });

  test("is taken over when another pod has its name, and when the pod was evicted", async () => {
    await holding("agent-b");
    cluster.pods.set("agent-b", { uid: "uid-another", phase: "Running" });
    expect(await taken(await agentIn(next))).toContain("trueup/agent-b");
    await holding("agent-c");
    cluster.pods.set("agent-c", { uid: "uid-agent-c", phase: "Failed" });
    expect(await taken(await agentIn(next))).toContain("trueup/agent-c");
  });

  test("is taken over by the next container of the same pod", async () => {
    const pod = await holding("agent-d");
    cluster.pods.set("agent-d", { uid: pod.uid, phase: "Running", container: { id: "containerd://agent-d-2", runs: true } });
    expect(await taken(await agentIn(pod))).toContain("trueup/agent-d");
  });

  test("is held against a pod of another cluster, in which there is no such pod; control: one of its own cluster gets the same answer and takes it", async () => {
    await holding("agent-e");
    cluster.pods.delete("agent-e");
    const before = cluster.asked.length;
    await expect((await agentIn({ ...next, uid: "uid-2" }, { account: "sa-of-another-cluster" })).takeLease("run-next")).rejects.toMatchObject(held);
    expect(cluster.asked.slice(before).filter((path) => path.endsWith("/agent-e"))).toEqual([]);
    expect(await taken(await agentIn(next))).toContain("trueup/agent-e");
  });

  test("is held where the answer comes from nobody whom the cluster's authority vouches for", async () => {
    await holding("agent-f");
    cluster.pods.delete("agent-f");
    await expect((await agentIn(next, { ca: theirs?.cert ?? "" })).takeLease("run-next")).rejects.toMatchObject(held);
    expect(await taken(await agentIn(next))).toContain("trueup/agent-f");
  });
});
