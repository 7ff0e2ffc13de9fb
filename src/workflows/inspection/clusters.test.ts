import { expect, test } from "vitest";
import { Secret } from "../../base/secret/index.ts";
import type { Shown } from "../../domain/changes/index.ts";
import { clusterOf, clustersIn, movedClusters } from "./clusters.ts";

const config = (server: string, authority = "QUJD", token = "t0ken") => ({
  "current-context": "main",
  contexts: [
    { name: "other", context: { cluster: "elsewhere", user: "me" } },
    { name: "main", context: { cluster: "here", user: "me" } },
  ],
  clusters: [
    { name: "elsewhere", cluster: { server: "https://elsewhere.example" } },
    { name: "here", cluster: { server, "certificate-authority-data": authority } },
  ],
  users: [{ name: "me", user: { token } }],
});
const asText = (...of: Parameters<typeof config>): string => JSON.stringify(config(...of));
const shown = (value: string): Shown => ({ kind: "plain", value });
const moved = (before: Shown, after: Shown, type = "pulumi:providers:kubernetes") =>
  movedClusters({
    resources: [
      {
        urn: "urn:p",
        type,
        name: "p",
        operation: "update",
        properties: [{ path: "kubeconfig", before, after, replaces: false, guessed: false }],
        protected: false,
        stateful: false,
      },
    ],
  });

test("a cluster is known by its server and who signs for it, in JSON and YAML, and by nothing secret", () => {
  const yaml =
    "apiVersion: v1\ncurrent-context: main\ncontexts:\n- {name: main, context: {cluster: here, user: me}}\nclusters:\n- {name: here, cluster: {server: 'https://a.example:6443/', certificate-authority-data: QUJD}}\nusers: []\n";
  expect(clusterOf(yaml)).toBe(clusterOf(asText("https://a.example:6443", "QUJD", "another token")));
  expect(clusterOf(config("https://a.example:6443"))).toBe(clusterOf(yaml));
  expect(clusterOf(yaml)).toMatch(/^https:\/\/a\.example:6443 \(authority [0-9a-f]{12}\)$/);
  expect(clusterOf(asText("https://user:pass@a.example"))).not.toContain("pass");
});

test("what is no kubeconfig with its cluster in it is not guessed at", () => {
  const { contexts: _, ...without } = config("https://a.example");
  for (const value of [
    "~/.kube/config",
    "",
    "{",
    "- a\n",
    without,
    config("not an address"),
    { ...config("https://a.example"), "current-context": "gone" },
    4,
    undefined,
  ])
    expect(clusterOf(value)).toBeUndefined();
});

test("another server or another authority is another cluster; another token is not; what is secret or unknown is not told", () => {
  const a = shown(asText("https://a.example"));
  expect(moved(a, shown(asText("https://b.example")))).toHaveLength(1);
  expect(moved(a, shown(asText("https://a.example", "REVG")))).toHaveLength(1);
  expect(moved(a, shown(asText("https://a.example", "QUJD", "new")))).toEqual([]);
  expect([moved(a, { kind: "unknown" }), moved({ kind: "secret" }, { kind: "secret" }), moved(a, { kind: "absent" })]).toEqual([[], [], []]);
  expect(moved(a, shown(asText("https://b.example")), "acme:Cluster")).toEqual([]);
});

test("the kubeconfigs among outputs are found, secret ones too", () => {
  expect(clustersIn({ plain: asText("https://a.example"), hidden: new Secret(asText("https://b.example")), name: "blue" })).toEqual([
    clusterOf(asText("https://a.example")),
    clusterOf(asText("https://b.example")),
  ]);
});
