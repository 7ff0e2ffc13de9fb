import { createHash } from "node:crypto";
import { parse } from "yaml";
import { z } from "zod";
import { Secret } from "../../base/secret/index.ts";
import type { ChangeSet, ResourceChange, Shown } from "../../domain/changes/index.ts";

const text = z.string().min(1);
const kubeconfig = z.looseObject({
  "current-context": text,
  contexts: z.array(z.looseObject({ name: text, context: z.looseObject({ cluster: text }) })),
  clusters: z.array(z.looseObject({ name: text, cluster: z.looseObject({ server: text, "certificate-authority-data": z.string().optional() }) })),
});

/** Deeper or longer texts than any kubeconfig are none. */
const longest = 1024 * 1024;

/**
 * Which cluster a kubeconfig leads to: its current context's server, and who signs for it. Undefined for what is no whole kubeconfig: a path, or one that
 * leaves its authority in a file. Nothing of its credentials is in what this returns.
 */
export function clusterOf(value: unknown): string | undefined {
  const read = kubeconfig.safeParse(typeof value === "string" && value.length <= longest ? parsed(value) : value);
  if (!read.success) return undefined;
  const { contexts, clusters, "current-context": current } = read.data;
  const name = contexts.find((one) => one.name === current)?.context.cluster;
  const cluster = clusters.find((one) => one.name === name)?.cluster;
  if (cluster === undefined || !URL.canParse(cluster.server)) return undefined;
  const { protocol, host, pathname } = new URL(cluster.server);
  const authority = cluster["certificate-authority-data"];
  const signer = authority === undefined ? "without authority" : `authority ${createHash("sha256").update(authority).digest("hex").slice(0, 12)}`;
  return `${protocol}//${host}${pathname.replace(/\/$/, "")} (${signer})`;
}

function parsed(value: string): unknown {
  try {
    return parse(value, { maxAliasCount: 10 });
  } catch {
    return undefined;
  }
}

/** A stack's provider whose cluster is another one now. */
export interface MovedCluster {
  readonly urn: string;
  readonly was: string;
  readonly now: string;
}

const plain = (shown: Shown): unknown => (shown.kind === "plain" ? shown.value : undefined);

function sidesOf({ properties }: ResourceChange): { readonly before: string | undefined; readonly after: string | undefined } {
  const change = properties.find(({ path }) => path === "kubeconfig");
  if (change === undefined) return { before: undefined, after: undefined };
  return { before: clusterOf(plain(change.before)), after: clusterOf(plain(change.after)) };
}

/**
 * Explicit kubernetes providers of a stack that the state was made with on one cluster and this preview would use on another. What is secret, unknown
 * or not in the kubeconfig itself cannot be told, and is left out.
 */
export function movedClusters(changes: Pick<ChangeSet, "resources">): readonly MovedCluster[] {
  return changes.resources.flatMap((change) => {
    if (change.type !== "pulumi:providers:kubernetes") return [];
    const { before, after } = sidesOf(change);
    return before === undefined || after === undefined || before === after ? [] : [{ urn: change.urn, was: before, now: after }];
  });
}

/** The clusters that outputs lead to: a kubeconfig that a stack of the environment makes is its own, whatever it was before. */
export function clustersIn(outputs: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.values(outputs).flatMap((value) => clusterOf(value instanceof Secret ? value.reveal() : value) ?? []);
}
