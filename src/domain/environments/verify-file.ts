import { z } from "zod";
import { workloadKinds } from "./environment.ts";
import { argv, checked, duration, exactlyOne, variable } from "./notation.ts";

const url = checked((text) => (URL.canParse(text) && /^https?:\/\//.test(text) ? undefined : `"${text}" is no http or https address`));
const address = checked((text) => {
  const port = Number(/^[^\s:/]+:(\d{1,5})$/.exec(text)?.[1] ?? 0);
  return port >= 1 && port <= 65_535 ? undefined : `"${text}" is no host:port`;
});

/** What Kubernetes lets objects be called: the longest is a DNS subdomain. */
const objectName = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const workload = checked((text) => {
  const [kind = "", name = "", ...rest] = text.split("/");
  if (!(workloadKinds as readonly string[]).includes(kind) || rest.length > 0)
    return `"${text}" is no workload: write kind/name, the kind one of ${workloadKinds.join(", ")}`;
  return objectName.test(name) ? undefined : `"${name}" is no name of a ${kind}`;
});
const namespace = checked((text) => (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text) ? undefined : `"${text}" is no namespace`));

/** The address is in git, and what is asked of it is logged on the way. */
const metricsAddress = checked((text) => {
  const there = URL.canParse(text) && /^https?:\/\//.test(text) ? new URL(text) : undefined;
  if (there === undefined) return `"${text}" is no http or https address`;
  if (there.username !== "" || there.password !== "") return "an address in git holds no user or password: name the variable of a token";
  return there.search === "" && there.hash === "" ? undefined : "the address of Prometheus ends before /api/v1/query; what is asked goes into query";
});

const KubeconfigFile = z
  .strictObject({ output: z.string().min(1).optional(), stack: z.string().min(1).optional(), file: z.string().min(1).optional(), env: variable.optional() })
  .superRefine(exactlyOne(["output", "file", "env"]))
  .superRefine((value, context) => {
    if (value.stack !== undefined && value.output === undefined)
      context.addIssue({ code: "custom", path: ["stack"], message: "only goes with output: whose output it is" });
  });

export const bounds = ["above", "below", "equals"] as const;
const kinds = ["http", "tcp", "command", "kubernetes", "prometheus"] as const;

/** Keys that only one kind of check has. */
const partsOf: Readonly<Record<(typeof kinds)[number], readonly string[]>> = {
  http: ["status"],
  tcp: [],
  command: [],
  kubernetes: ["namespace", "kubeconfig"],
  prometheus: ["query", "token", ...bounds],
};

function partsFit(value: object, context: z.RefinementCtx): void {
  const own = kinds.find((kind) => Object.hasOwn(value, kind));
  for (const kind of kinds.filter((one) => one !== own)) {
    const stray = own === undefined ? undefined : partsOf[kind].find((part) => Object.hasOwn(value, part));
    if (stray !== undefined) context.addIssue({ code: "custom", path: [stray], message: `only a check of ${kind} has it` });
  }
}

function queryFits(
  value: { readonly prometheus?: string | undefined; readonly query?: string | undefined; readonly token?: string | undefined },
  context: z.RefinementCtx,
): void {
  if (value.prometheus === undefined) return;
  if (value.query === undefined)
    context.addIssue({ code: "custom", path: ["query"], message: "a check of prometheus asks something: write a query of PromQL" });
  exactlyOne(bounds)(value, context);
  if (value.token !== undefined && value.prometheus.startsWith("http:"))
    context.addIssue({ code: "custom", path: ["token"], message: "a token is not sent over an address that is not encrypted: write https" });
}

/** One check of `verify`, as written. */
export const VerifyFile = z
  .strictObject({
    http: url.optional(),
    tcp: address.optional(),
    command: argv.optional(),
    kubernetes: z.array(workload).min(1).max(50).optional(),
    prometheus: metricsAddress.optional(),
    status: z.int().min(100).max(599).optional(),
    namespace: namespace.optional(),
    kubeconfig: KubeconfigFile.optional(),
    query: z.string().min(1).max(2_000).optional(),
    above: z.number().optional(),
    below: z.number().optional(),
    equals: z.number().optional(),
    token: variable.optional(),
    settle: duration.optional(),
    holds: duration.optional(),
  })
  .superRefine(exactlyOne(kinds))
  .superRefine(partsFit)
  .superRefine(queryFits);
export type VerifyFile = z.infer<typeof VerifyFile>;
