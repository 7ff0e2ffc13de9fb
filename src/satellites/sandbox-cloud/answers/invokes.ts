import type { Backing, Caller } from "../operations/call.ts";
import { hex } from "../wire/digest.ts";
import type { Draft, JsonObject } from "../wire/json.ts";
import { awsInvokes } from "./invokes/aws.ts";
import { kubernetesInvokes } from "./invokes/kubernetes.ts";
import { fillMembers } from "./fill.ts";
import type { Subject } from "./subject.ts";

export interface Ask {
  readonly backing: Backing;
  readonly caller: Caller;
  readonly token: string;
  readonly args: JsonObject;
}
/** What follows from the arguments; the declared rest is made up. */
export type Invoke = (ask: Ask) => JsonObject;
export type Answer = { readonly result: JsonObject } | { readonly failures: readonly { readonly property: string; readonly reason: string }[] };

const exact: Readonly<Record<string, Invoke>> = { ...awsInvokes, ...kubernetesInvokes };

function subjectOf(ask: Ask): Subject {
  const { setting } = ask.caller;
  const name = Object.values(ask.args).find((value) => typeof value === "string");
  const salt = hex(32, setting.account, setting.region, ask.token, JSON.stringify(ask.args));
  return {
    catalog: ask.backing.catalog,
    setting,
    type: ask.token.replace(/:get(\w+)$/, ":$1"),
    id: hex(17, salt),
    name: typeof name === "string" ? name : "sandbox",
    account: setting.account,
    region: setting.region,
    createdAt: "2024-01-01T00:00:00Z",
    salt,
    inputs: ask.args,
  };
}

/** The answer to a function call: the arguments echoed, what must follow from them exactly, and every other declared member by type and name. */
export function answerInvoke(ask: Ask): Answer {
  const declaration = ask.backing.catalog.invoke(ask.token);
  const made = exact[ask.token]?.(ask);
  if (declaration === undefined && made === undefined) {
    return { failures: [{ property: "", reason: `the sandbox cloud does not know the function ${ask.token}: no installed SDK declares it` }] };
  }
  const echoed: Draft = {};
  for (const [key, value] of Object.entries(ask.args)) if (declaration !== undefined && key in declaration.result) echoed[key] = value;
  const given = { ...echoed, ...made };
  return { result: declaration === undefined ? given : fillMembers(subjectOf(ask), { given, members: declaration.result, depth: 1 }) };
}
