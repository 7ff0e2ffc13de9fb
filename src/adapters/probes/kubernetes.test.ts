import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { systemClock } from "../../base/clock/index.ts";
import { runChild, thisMachine } from "../../base/process/index.ts";
import { Secret } from "../../base/secret/index.ts";
import type { KubeconfigSource } from "../../domain/environments/index.ts";
import { probe } from "./probe.ts";
import type { ProbeSite } from "./site.ts";

const { path } = thisMachine();
const folder = await mkdtemp(join(tmpdir(), "trueup-probes-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Pair {
  readonly key: string;
  readonly cert: string;
}

/** A certificate that signs itself, for 127.0.0.1. undefined: no openssl here. */
async function pairOf(name: string): Promise<Pair | undefined> {
  const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)];
  const words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", `/CN=${name}`] as const;
  const places = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert] as const;
  const made = await runChild(["openssl", ...words, ...places], { cwd: folder, env: { PATH: path }, deadlineMs: 20_000 }).catch(() => undefined);
  return made?.exitCode === 0 ? { key: await readFile(key, "utf8"), cert: await readFile(cert, "utf8") } : undefined;
}

const [server, client, stranger] = [await pairOf("server"), await pairOf("client"), await pairOf("stranger")];
if (server === undefined || client === undefined || stranger === undefined)
  console.warn("checks of kubernetes over https are skipped: openssl is not here, or makes no certificates");

const whole: Pair = { key: "", cert: "" };
const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** As much of an API server as a check asks: for who has the token, or the client's certificate. */
async function cluster(ready: (call: number) => number): Promise<{ readonly url: string; readonly asked: string[]; close(): void }> {
  const asked: string[] = [];
  const { key, cert } = server ?? whole;
  const made: Server = createServer({ key, cert, ca: client?.cert, requestCert: true, rejectUnauthorized: false }, (request, response) => {
    const send = (status: number, body: unknown): void => void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    asked.push(request.url ?? "");
    const isKnown = request.headers.authorization === "Bearer t0ken" || (request.socket as TLSSocket).authorized;
    if (!isKnown) return send(401, { kind: "Status", reason: "Unauthorized" });
    if (request.url !== "/k8s/apis/apps/v1/namespaces/shop/deployments/web") return send(404, { kind: "Status", reason: "NotFound" });
    const available = ready(asked.length);
    const status = { observedGeneration: 1, replicas: 2, updatedReplicas: 2, availableReplicas: available };
    send(200, { kind: "Deployment", metadata: { name: "web", namespace: "shop", generation: 1 }, spec: { replicas: 2 }, status });
  });
  await new Promise<void>((resolve) => made.listen(0, "127.0.0.1", resolve));
  return {
    url: `https://127.0.0.1:${(made.address() as AddressInfo).port}/k8s`,
    asked,
    close: () => {
      made.closeAllConnections();
      made.close();
    },
  };
}

function configOf(url: string, user: object, part: object = { "certificate-authority-data": base64(server?.cert ?? "") }): string {
  return JSON.stringify({
    "current-context": "here",
    contexts: [
      { name: "other", context: { cluster: "nowhere", user: "me" } },
      { name: "here", context: { cluster: "one", user: "me" } },
    ],
    clusters: [
      { name: "nowhere", cluster: { server: "https://127.0.0.1:1" } },
      { name: "one", cluster: { server: url, ...part } },
    ],
    users: [{ name: "me", user }],
  });
}

const site = (config: string | Secret | undefined): ProbeSite => ({
  directory: folder,
  variables: { PATH: path },
  credentials: { CLOUD_KEY: "t0ken" },
  variable: (name) => (name === "KUBECONFIG_TEXT" && typeof config === "string" ? config : undefined),
  output: (stack, name) => Promise.resolve(stack === "clusters" && name === "kubeconfig" ? config : undefined),
  sandboxConsole: undefined,
  clock: systemClock,
});
const fromStack: KubeconfigSource = { stack: "clusters", output: "kubeconfig" };
const check = { kind: "kubernetes", workloads: [{ kind: "deployment", name: "web" }], namespace: "shop", kubeconfig: fromStack, settleMs: 0 } as const;

const printed = (status: object): object => ({
  apiVersion: "client.authentication.k8s.io/v1",
  command: "sh",
  args: ["-c", `test -n "$KUBERNETES_EXEC_INFO" && printf '${JSON.stringify({ kind: "ExecCredential", status })}' | sed "s/CLOUD/$CLOUD_KEY/"`],
});

describe.skipIf(server === undefined || client === undefined || stranger === undefined)("a check of kubernetes", () => {
  it("waits for the workload to be ready, asked of the cluster that the current context leads to", async () => {
    const there = await cluster((call) => (call < 3 ? 1 : 2));
    const said: unknown = await probe({ ...check, settleMs: 10_000 }, site(configOf(there.url, { token: "t0ken" })));
    expect([said, there.asked]).toEqual([expect.objectContaining({ ok: true, attempts: 3, answer: "deployment/web: 2 available" }), expect.anything()]);
    there.close();
  });

  it.each<[string, () => object]>([
    ["a token", () => ({ token: "t0ken" })],
    ["a token in a file", () => ({ tokenFile: join(folder, "token") })],
    ["a client's certificate", () => ({ "client-certificate-data": base64(client?.cert ?? ""), "client-key-data": base64(client?.key ?? "") })],
    ["certificates in files", () => ({ "client-certificate": join(folder, "client.crt"), "client-key": join(folder, "client.key") })],
    ["the token that a command gives, with the credentials of the run", () => ({ exec: printed({ token: "CLOUD" }) })],
  ])("is known to the cluster by %s", async (_, user) => {
    await writeFile(join(folder, "token"), "t0ken\n");
    const there = await cluster(() => 2);
    expect(await probe(check, site(configOf(there.url, user())))).toMatchObject({ ok: true });
    there.close();
  });

  it("takes its kubeconfig from a secret output, from a variable and from a file", async () => {
    const there = await cluster(() => 2);
    const text = configOf(there.url, { token: "t0ken" });
    await writeFile(join(folder, "config.json"), text);
    for (const given of [new Secret(text), new Secret(JSON.stringify(text))]) expect(await probe(check, site(given))).toMatchObject({ ok: true });
    for (const kubeconfig of [{ env: "KUBECONFIG_TEXT" }, { file: "config.json" }])
      expect(await probe({ ...check, kubeconfig }, site(text))).toMatchObject({ ok: true });
    there.close();
  });

  it("believes no server that the kubeconfig's authority does not vouch for, sends it no token, and says nothing of the credential", async () => {
    const there = await cluster(() => 2);
    const authority = { "certificate-authority-data": base64(stranger?.cert ?? "") };
    const text = JSON.stringify(await probe(check, site(configOf(there.url, { token: "t0ken" }, authority))));
    expect(text).toMatch(/"ok":false.*self.signed certificate/);
    expect(there.asked).toEqual([]);
    expect(text).not.toContain("t0ken");
    there.close();
  });

  it.each<[string, string | undefined, RegExp]>([
    ["there is no such output", undefined, /^clusters has no output kubeconfig$/],
    ["what is there is none", "just words", /^what should be a kubeconfig is none$/],
    ["its server is not to be known", configOf("https://127.0.0.1:1", {}, { "insecure-skip-tls-verify": true }), /insecure-skip-tls-verify/],
    ["its server is not encrypted", configOf("http://cluster.example", {}, {}), /not encrypted/],
    ["a file of it is missing", configOf("https://127.0.0.1:1", { tokenFile: "/nowhere/token" }), /a file that its kubeconfig names cannot be read/],
    [
      "its command fails",
      configOf("https://127.0.0.1:1", { exec: { ...printed({}), args: ["-c", "echo t0ken; exit 3"] } }),
      /^the command sh of its kubeconfig ended with 3$/,
    ],
    ["its command gives nothing", configOf("https://127.0.0.1:1", { exec: { ...printed({}), args: ["-c", "echo hello"] } }), /gave no credential$/],
    ["there is no such command", configOf("https://127.0.0.1:1", { exec: { ...printed({}), command: "no-such-command-here" } }), /cannot be started$/],
    ["nobody is there", configOf("https://127.0.0.1:1", { token: "t0ken" }), /ECONNREFUSED/],
  ])("is a no when %s", async (_, config, says) => {
    const { ok, answer } = await probe(check, site(config));
    expect([ok, answer]).toEqual([false, expect.stringMatching(says)]);
  });

  it("is a no for who is not known, and for a workload that is not there; one that is ill is named", async () => {
    const there = await cluster(() => 1);
    const known = site(configOf(there.url, { token: "t0ken" }));
    expect((await probe(check, site(configOf(there.url, { token: "wrong" })))).answer).toBe("deployment/web: the API server does not know who asks");
    expect((await probe({ ...check, workloads: [{ kind: "pod", name: "db-0" }] }, known)).answer).toBe("pod/db-0: there is none");
    const both = await probe({ ...check, workloads: [...check.workloads, { kind: "statefulset", name: "db" }] }, known);
    expect(both).toMatchObject({ ok: false, answer: "deployment/web: 1 of 2 are available (and 1 more)" });
    there.close();
  });
});
