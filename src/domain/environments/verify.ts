import type { Environment, KubeconfigSource, StackDeclaration, VerifyCheck, Workload } from "./environment.ts";
import type { Finding } from "./plain.ts";
import { durationMs } from "./syntax.ts";
import { bounds, type VerifyFile } from "./verify-file.ts";

const defaultSettleMs = 60_000;

/** What a check takes over from where it stands. */
export interface CheckPlace {
  /** The stack that it is of; undefined for one of the whole environment. */
  readonly stack?: string;
  /** Of checks that name none. */
  readonly settle?: string | undefined;
}

function workloadOf(text: string): Workload {
  const [kind = "", name = ""] = text.split("/");
  return { kind: kind as Workload["kind"], name };
}

function kubeconfigOf(file: VerifyFile["kubeconfig"], place: CheckPlace): KubeconfigSource | undefined {
  if (file?.env !== undefined) return { env: file.env };
  if (file?.file !== undefined) return { file: file.file };
  // A check of the environment that does not say whose output it means is refused by `verifyFindings`.
  return file?.output === undefined ? undefined : { stack: file.stack ?? place.stack ?? "", output: file.output };
}

function boundOf(file: VerifyFile): { readonly is: (typeof bounds)[number]; readonly value: number } {
  const is = bounds.find((one) => file[one] !== undefined) ?? "equals";
  return { is, value: file[is] ?? Number.NaN };
}

function asked(file: VerifyFile, place: CheckPlace, patience: { readonly settleMs: number; readonly holdsMs?: number }): VerifyCheck {
  if (file.http !== undefined) return { kind: "http", url: file.http, status: file.status ?? 200, ...patience };
  if (file.tcp !== undefined) {
    const at = file.tcp.lastIndexOf(":");
    return { kind: "tcp", host: file.tcp.slice(0, at), port: Number(file.tcp.slice(at + 1)), ...patience };
  }
  if (file.kubernetes !== undefined) {
    const kubeconfig = kubeconfigOf(file.kubeconfig, place);
    const workloads = file.kubernetes.map(workloadOf);
    return { kind: "kubernetes", workloads, namespace: file.namespace ?? "default", ...(kubeconfig === undefined ? {} : { kubeconfig }), ...patience };
  }
  if (file.prometheus !== undefined) {
    const url = file.prometheus.replace(/\/+$/, "");
    return { kind: "prometheus", url, query: file.query ?? "", bound: boundOf(file), ...(file.token === undefined ? {} : { token: file.token }), ...patience };
  }
  return { kind: "command", run: file.command ?? ["false"], ...patience };
}

export function verifyCheck(file: VerifyFile, place: CheckPlace): VerifyCheck {
  const settleMs = durationMs(file.settle ?? place.settle ?? "") ?? defaultSettleMs;
  const holdsMs = durationMs(file.holds ?? "");
  return asked(file, place, { settleMs, ...(holdsMs === undefined ? {} : { holdsMs }) });
}

function kubeconfigFinding(
  check: VerifyCheck,
  at: { readonly path: string; readonly cloud: Environment["cloud"]; readonly known: readonly string[] },
): Finding[] {
  if (check.kind !== "kubernetes") return [];
  const { kubeconfig } = check;
  const path = `${at.path}.kubeconfig`;
  const todo = 'Write kubeconfig: { stack: "clusters", output: "kubeconfig" }, { env: "NAME" } or { file: "…" }.';
  if (kubeconfig === undefined)
    return at.cloud === "sandbox" ? [] : [{ path, what: `${path} is missing, and the cloud is real: which cluster is to be asked is not known`, todo }];
  if (!("stack" in kubeconfig) || at.known.includes(kubeconfig.stack)) return [];
  const known = `Known: ${at.known.join(", ") || "none"}.`;
  if (kubeconfig.stack === "")
    return [{ path: `${path}.stack`, what: `${path}.stack is missing: a check of the environment says whose output it means`, todo: known }];
  return [{ path: `${path}.stack`, what: `${path}.stack names "${kubeconfig.stack}", which is no stack of this environment`, todo: known }];
}

/** What checks ask that there is not. */
export function verifyFindings({ cloud, stacks, verify }: Pick<Environment, "cloud" | "verify"> & { readonly stacks: readonly StackDeclaration[] }): Finding[] {
  const known = stacks.map(({ name }) => name);
  return [
    ...stacks.flatMap((stack) =>
      stack.verify.flatMap((check, index) => kubeconfigFinding(check, { path: `stacks.${stack.name}.verify[${index}]`, cloud, known })),
    ),
    ...(verify.checks ?? []).flatMap((check, index) => kubeconfigFinding(check, { path: `verify.checks[${index}]`, cloud, known })),
  ];
}

const signs = { above: ">", below: "<", equals: "=" } as const;

/** `http https://shop.example/healthz`, plain text. */
export function checkText(check: VerifyCheck): string {
  switch (check.kind) {
    case "http":
      return `http ${check.url}`;
    case "tcp":
      return `tcp ${check.host}:${check.port}`;
    case "command":
      return `command ${check.run.join(" ")}`;
    case "kubernetes":
      return `kubernetes ${check.workloads.map(({ kind, name }) => `${kind}/${name}`).join(", ")} in ${check.namespace}`;
    case "prometheus":
      return `prometheus ${check.query} ${signs[check.bound.is]} ${check.bound.value}`;
  }
}
