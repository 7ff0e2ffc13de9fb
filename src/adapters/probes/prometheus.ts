import { z } from "zod";
import type { Bound, VerifyCheck } from "../../domain/environments/index.ts";
import { ask, jsonIn } from "./ask.ts";
import type { Answer, ProbeSite } from "./site.ts";

const sample = z.tuple([z.number(), z.string()]);
const answered = z.discriminatedUnion("status", [
  z.looseObject({
    status: z.literal("success"),
    data: z.discriminatedUnion("resultType", [
      z.looseObject({
        resultType: z.literal("vector"),
        result: z.array(z.looseObject({ metric: z.record(z.string(), z.string()), value: sample.optional() })),
      }),
      z.looseObject({ resultType: z.literal("scalar"), result: sample }),
      z.looseObject({ resultType: z.enum(["matrix", "string"]) }),
    ]),
  }),
  z.looseObject({ status: z.literal("error"), error: z.string().optional(), errorType: z.string().optional() }),
]);

interface Sample {
  /** `{pod="a"}`; "" for a number that is of no series. */
  readonly of: string;
  readonly value: number;
}

function numberOf(text: string): number {
  if (text === "+Inf" || text === "Inf") return Number.POSITIVE_INFINITY;
  return text === "-Inf" ? Number.NEGATIVE_INFINITY : Number(text);
}

const mostLabels = 120;

function seriesText(metric: Readonly<Record<string, string>>): string {
  const { __name__: name = "", ...labels } = metric;
  const all = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  const text = `${name}${all.length === 0 ? "" : `{${all.join(",")}}`}`;
  return text.length > mostLabels ? `${text.slice(0, mostLabels)}…` : text;
}

/** The numbers of an answer; a reason in words where there are none. A histogram's series has no one number. */
function samplesIn(body: unknown): readonly Sample[] | { readonly no: string } {
  const read = answered.safeParse(body);
  if (!read.success) return { no: "the answer is not one of Prometheus" };
  if (read.data.status === "error") return { no: `the query failed: ${(read.data.error ?? read.data.errorType ?? "without a reason").slice(0, 200)}` };
  const { data } = read.data;
  if (data.resultType === "scalar") return [{ of: "", value: numberOf(data.result[1]) }];
  if (data.resultType !== "vector") return { no: `the query gives a ${data.resultType}, not numbers at one time` };
  return data.result.map(({ metric, value }) => ({ of: seriesText(metric), value: value === undefined ? Number.NaN : numberOf(value[1]) }));
}

/** What is no number is neither above, nor below, nor equal to anything. */
function keeps({ is, value: bound }: Bound, value: number): boolean {
  if (is === "above") return value > bound;
  return is === "below" ? value < bound : value === bound;
}

const shown = ({ of, value }: Sample): string => `${of === "" ? "" : `${of} `}${value}`;

/** Judges an answer of the query API. No sample at all is no yes: what is not measured is not known to be well. Pure. */
export function boundKept(bound: Bound, body: unknown): Answer {
  const samples = samplesIn(body);
  if ("no" in samples) return { ok: false, answer: samples.no };
  const [first] = samples;
  if (first === undefined) return { ok: false, answer: "there is no sample (where none means zero: … or vector(0))" };
  const broken = samples.filter(({ value }) => !keeps(bound, value));
  const [worst] = broken;
  if (worst === undefined) return { ok: true, answer: samples.length === 1 ? shown(first) : `all ${samples.length} samples` };
  return { ok: false, answer: `${shown(worst)}${broken.length > 1 ? ` (and ${broken.length - 1} more)` : ""}` };
}

/** One instant query, evaluated by the server at its own time. */
export async function askPrometheus({ url, query, bound, token }: VerifyCheck & { kind: "prometheus" }, site: ProbeSite): Promise<Answer> {
  const secret = token === undefined ? undefined : site.variable?.(token);
  if (token !== undefined && (secret === undefined || secret === "")) return { ok: false, answer: `the variable ${token} is not set` };
  const there = new URL(`${url}/api/v1/query`);
  const path = `${there.pathname}?${new URLSearchParams({ query }).toString()}`;
  const headers = { accept: "application/json", ...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }) };
  const told = await ask(there.protocol === "https:", {
    host: there.hostname.replace(/^\[|\]$/g, ""),
    port: there.port === "" ? undefined : Number(there.port),
    path,
    headers,
  });
  if (told instanceof Error) return { ok: false, answer: told.message };
  const body = jsonIn(told.body);
  // A query that is wrong comes as 400 or 422 with the reason in it.
  return told.status === 200 || answered.safeParse(body).success ? boundKept(bound, body) : { ok: false, answer: `Prometheus says ${told.status}` };
}
