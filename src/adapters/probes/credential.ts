import { z } from "zod";
import { runChild } from "../../base/process/index.ts";
import { Secret } from "../../base/secret/index.ts";
import { attemptMs, jsonIn } from "./ask.ts";
import type { ClusterAccess } from "./kubeconfig.ts";
import type { ProbeSite } from "./site.ts";

/** Commands of clouds ask their servers for a token. */
const deadlineMs = 4 * attemptMs;

const given = z.looseObject({
  kind: z.literal("ExecCredential"),
  status: z.looseObject({ token: z.string().optional(), clientCertificateData: z.string().optional(), clientKeyData: z.string().optional() }),
});

/** The access with the credential that its kubeconfig's command gives; the access as it is where it names none. */
export async function withCredential(access: ClusterAccess, site: ProbeSite): Promise<ClusterAccess | { readonly no: string }> {
  const { command } = access;
  if (command === undefined) return access;
  const own = Object.fromEntries((command.env ?? []).map(({ name, value }) => [name, value]));
  const info = JSON.stringify({ apiVersion: command.apiVersion, kind: "ExecCredential", spec: { interactive: false } });
  const ended = await runChild([command.command, ...(command.args ?? [])], {
    cwd: site.directory,
    env: { ...site.variables, ...site.credentials, ...own, KUBERNETES_EXEC_INFO: info },
    deadlineMs,
    ...(site.signal === undefined ? {} : { signal: site.signal }),
  }).catch(() => undefined);
  if (ended === undefined) return { no: `the command ${command.command} of its kubeconfig cannot be started` };
  // What it printed is not repeated: it may be the credential.
  if (ended.exitCode !== 0) return { no: `the command ${command.command} of its kubeconfig ended with ${ended.exitCode ?? ended.endedBy}` };
  const read = given.safeParse(jsonIn(ended.stdout));
  if (!read.success) return { no: `the command ${command.command} of its kubeconfig gave no credential` };
  const { token, clientCertificateData: certificate, clientKeyData: key } = read.data.status;
  return {
    ...access,
    ...(token === undefined ? {} : { token: new Secret(token) }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(key === undefined ? {} : { key: new Secret(key) }),
  };
}
