import { vi } from "vitest";
import type { Annotation } from "../../src/adapters/forges/index.ts";
import { someChange, type Subject } from "./subject.ts";

/** What the adapter asked in earnest, and what the stand-in answered. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  /** As numbers and booleans where they look like it. */
  readonly query: Readonly<Record<string, unknown>>;
  readonly sent?: unknown;
  readonly status: number;
  /** undefined: nothing. */
  readonly body: unknown;
}

const parsed = (text: string): unknown => (text === "" ? undefined : (JSON.parse(text) as unknown));
const valueOf = (text: string): unknown => (/^(?:\d+|true|false)$/.test(text) ? (JSON.parse(text) as unknown) : text);

/** Hears every question and every answer of a tour on their way. */
export async function hear(tour: () => Promise<void>): Promise<readonly Exchange[]> {
  const heard: Exchange[] = [];
  const fetching = globalThis.fetch;
  vi.stubGlobal("fetch", async (...args: Parameters<typeof fetch>) => {
    const response = await fetching(...args);
    const [asked, options] = args;
    const { pathname, searchParams } = new URL(asked instanceof Request ? asked.url : asked);
    const method = (asked instanceof Request ? asked.method : options?.method) ?? "GET";
    const query = Object.fromEntries([...searchParams].map(([name, value]) => [name, valueOf(value)]));
    const sent = typeof options?.body === "string" ? { sent: parsed(options.body) } : {};
    heard.push({ method, path: pathname, query, ...sent, status: response.status, body: parsed(await response.clone().text()) });
    return response;
  });
  await tour();
  return heard;
}

/** Everything that trueup asks a host, at least once. */
export async function tour(subject: Subject): Promise<void> {
  const { standin, forge, open } = subject;
  const number = someChange(subject);
  const head = standin.head("feature");
  standin.comment("bob", number, "/trueup status");
  standin.approve("bob", number);
  standin.addToTeam("@acme/platform", "cyd");
  await forge.pullRequests({ base: "main", state: "open" });
  const mark = "<!-- trueup:preview -->";
  for (const body of ["one", "two"]) await forge.saveComment(number, mark, `${mark}\n${body}`);
  const [said] = await forge.comments(number);
  for (const reaction of ["seen", "done"] as const) await forge.react(number, said?.id ?? "", reaction);
  await forge.approvals(number);
  await forge.person("cyd", ["@acme/platform"]);
  const annotations: readonly Annotation[] = [{ path: "stacks/machines/index.ts", line: 7, level: "failure", title: "db", message: "would be replaced" }];
  await forge.setStatus(head, { name: "trueup/preview (prod)", state: "running", title: "running" });
  await forge.setStatus(head, { name: "trueup/preview (prod)", state: "success", title: "done", annotations });
  const issue = "<!-- trueup:drift -->";
  for (const state of ["open", "closed"] as const) await forge.saveComment({ title: "Drift", state }, issue, `${issue}\n${state}`);
  const job = standin.startJob("apply");
  await forge.jobState(job);
  standin.push("ann", "tidy");
  await forge.savePullRequest({ head: "tidy", base: "main", title: "Tidy up", body: "As it is.", merge: "now" });
  const owner = open({ login: "ann" });
  await owner.protection("main");
  for (const requiredStatuses of [[], ["trueup/preview (prod)"]])
    await owner.protection("main", { requiredApprovals: 1, requiresCodeOwners: requiredStatuses.length > 0, requiredStatuses });
  standin.push("ann", "write-back");
  for (const title of ["Take it back", "Take all of it back"]) await forge.savePullRequest({ head: "write-back", base: "main", title, body: "As it is." });
  const tip = standin.merge("cyd", number, "merge");
  await forge.pullRequests({ commit: tip, state: "merged" });
  for (const state of ["running", "success"] as const)
    await forge.setDeployment(tip, { environment: "prod", state, description: "run", environmentUrl: "https://prod.acme.example/" });
}
