import { cruise, type IFlattenedRuleSet, type ICruiseResult } from "dependency-cruiser";
import { globSync } from "node:fs";

/**
 * Who may import whom. One row per storey or room, read top-down; a room may always import itself.
 * This table is the law: the rules, the count of files seen and ARCHITECTURE.md's table all derive from it.
 */
export const law: readonly { readonly room: string; readonly mayImport: readonly string[]; readonly why: string }[] = [
  { room: "src/base", mayImport: [], why: "words everybody may use; they know nobody" },
  { room: "src/domain/environments", mayImport: ["src/base"], why: "what an environment folder says, as frozen values" },
  { room: "src/domain/planner", mayImport: ["src/base", "src/domain/environments"], why: "graph, affected stacks, units, waves" },
  { room: "src/domain/changes", mayImport: ["src/base", "src/domain/environments", "src/domain/planner"], why: "change sets, drift findings, risk" },
  {
    room: "src/domain/gates",
    mayImport: ["src/base", "src/domain/environments", "src/domain/planner", "src/domain/changes", "src/domain/owners"],
    why: "verdicts with reasons, fingerprints",
  },
  {
    room: "src/domain/units",
    mayImport: ["src/base", "src/domain/planner", "src/domain/changes"],
    why: "one merge's stacks as one change: its states, its veto, what becomes of it when it fails",
  },
  { room: "src/domain/owners", mayImport: ["src/base"], why: "CODEOWNERS as its hosts read it: who must approve which paths" },
  {
    room: "src/domain/rebuilding",
    mayImport: ["src/base", "src/domain/environments", "src/domain/planner", "src/domain/recovery"],
    why: "what of an environment is lost, where it may still be, and in which order it is made again",
  },
  { room: "src/domain/recovery", mayImport: ["src/base"], why: "what becomes of operations that never ended, and whose a lock is" },
  { room: "src/domain/audit", mayImport: ["src/base"], why: "the ledger told, its trail held against itself, and counted" },
  { room: "src/domain/pipelines", mayImport: ["src/base"], why: "the pipelines that trueup writes, as text" },
  {
    room: "src/domain/conversation",
    mayImport: ["src/base", "src/domain/environments", "src/domain/planner", "src/domain/changes", "src/domain/gates"],
    why: "what people say in a pull request: grammar, rights, decisions",
  },
  {
    room: "src/domain/doctor",
    mayImport: ["src/base", "src/domain/environments", "src/domain/owners", "src/domain/conversation"],
    why: "what the doctor says of what was looked at, and what bootstrap would do",
  },
  { room: "src/domain/write-back", mayImport: ["src/base"], why: "what a revert is called, says, and takes back" },
  { room: "src/domain/reports", mayImport: ["src/base", "src/domain"], why: "comment, terminal, JSON" },
  {
    room: "src/domain/notices",
    mayImport: ["src/base", "src/domain/environments", "src/domain/reports"],
    why: "what somebody who is not looking has to be told: incidents, once",
  },
  { room: "src/declare", mayImport: ["src/base", "src/domain/environments"], why: 'what environment files and programs import as "trueup"' },
  { room: "src/program", mayImport: ["src/base", "src/declare"], why: "the dispatcher and ctx inside a stack's program" },
  { room: "src/adapters/git", mayImport: ["src/base", "src/domain"], why: "one outside thing: git" },
  { room: "src/adapters/forges", mayImport: ["src/base", "src/domain"], why: "one outside thing: the host of the pull requests" },
  { room: "src/adapters/engine", mayImport: ["src/base", "src/domain"], why: "one outside thing: Pulumi" },
  { room: "src/adapters/programs", mayImport: ["src/base", "src/domain"], why: "one outside thing: user code" },
  { room: "src/adapters/identity", mayImport: ["src/base", "src/domain"], why: "one outside thing: who the credentials of a run are" },
  { room: "src/adapters/ci", mayImport: ["src/base", "src/domain"], why: "one outside thing: the CI job that this process is" },
  { room: "src/adapters/pod", mayImport: ["src/base", "src/domain"], why: "one outside thing: the cluster that this process is a pod of" },
  { room: "src/adapters/probes", mayImport: ["src/base", "src/domain"], why: "one outside thing: what was applied, asked whether it works" },
  { room: "src/adapters/notices", mayImport: ["src/base", "src/domain"], why: "one outside thing: who is told without looking" },
  { room: "src/workflows/ledger", mayImport: ["src/base", "src/domain", "src/adapters"], why: "the record, moved by compare-and-swap" },
  {
    room: "src/workflows/estate",
    mayImport: ["src/base", "src/domain", "src/adapters", "src/workflows/ledger", "src/satellites/sandbox-cloud/index.ts"],
    why: "one clone opened for work: commits read, stacks given their sites",
  },
  {
    room: "src/workflows/inspection",
    mayImport: ["src/base", "src/domain", "src/adapters", "src/workflows/ledger", "src/workflows/estate"],
    why: "the read-only phase, the same in a preview and in an apply",
  },
  {
    room: "src/workflows/notices",
    mayImport: ["src/base", "src/domain", "src/adapters", "src/workflows/ledger", "src/workflows/estate"],
    why: "tells receivers what the ledger says and they do not know yet, within a deadline",
  },
  {
    room: "src/workflows/recovery",
    mayImport: ["src/base", "src/domain", "src/adapters", "src/workflows/ledger", "src/workflows/estate"],
    why: "what a run that died left behind: its locks, its operations that never ended",
  },
  {
    room: "src/workflows/write-back",
    mayImport: ["src/base", "src/domain", "src/adapters", "src/workflows/ledger", "src/workflows/estate"],
    why: "a rollback told to git: a pull request, a branch or a commit that takes back what failed",
  },
  {
    room: "src/workflows/stack-run",
    mayImport: ["src/base", "src/domain", "src/adapters", "src/workflows/ledger", "src/workflows/estate", "src/workflows/inspection", "src/workflows/recovery"],
    why: "one stack run for real: kept as it was, written down as it happens, verified",
  },
  {
    room: "src/workflows/rollback",
    mayImport: [
      "src/base",
      "src/domain",
      "src/adapters",
      "src/workflows/ledger",
      "src/workflows/estate",
      "src/workflows/inspection",
      "src/workflows/recovery",
      "src/workflows/stack-run",
    ],
    why: "what failed taken back to its last good commits, and what the ledger keeps of it",
  },
  {
    room: "src/workflows/apply",
    mayImport: [
      "src/base",
      "src/domain",
      "src/adapters",
      "src/workflows/ledger",
      "src/workflows/estate",
      "src/workflows/inspection",
      "src/workflows/recovery",
      "src/workflows/stack-run",
      "src/workflows/rollback",
      "src/workflows/drift",
      "src/workflows/write-back",
    ],
    why: "an environment brought to the head of its branch, unit by unit: all of a unit or none of it",
  },
  {
    room: "src/workflows/conversation",
    mayImport: [
      "src/base",
      "src/domain",
      "src/adapters",
      "src/workflows/ledger",
      "src/workflows/estate",
      "src/workflows/preview",
      "src/workflows/apply",
      "src/workflows/drift",
      "src/workflows/status",
      "src/workflows/notices",
      "src/workflows/rollback",
      "src/workflows/write-back",
    ],
    why: "what is said on the forge: previews told, approvals counted, results and commands answered",
  },
  {
    room: "src/workflows/agent",
    mayImport: [
      "src/base",
      "src/domain",
      "src/adapters",
      "src/workflows/ledger",
      "src/workflows/estate",
      "src/workflows/drift",
      "src/workflows/notices",
      "src/workflows/rollback",
      "src/workflows/conversation",
    ],
    why: "one look at everything: what should each environment be, and is it?",
  },
  {
    room: "src/workflows/doctor",
    mayImport: ["src/base", "src/domain", "src/adapters", "src/workflows/ledger", "src/workflows/estate", "src/workflows/pipelines"],
    why: "what a run rests on: looked at, and made where it is missing",
  },
  {
    room: "src/workflows",
    mayImport: ["src/base", "src/domain", "src/adapters", "src/workflows/ledger", "src/workflows/estate", "src/workflows/inspection", "src/workflows/recovery"],
    why: "the only place where adapters meet",
  },
  {
    room: "src/doors",
    mayImport: ["src/base", "src/domain", "src/workflows", "src/satellites/sandbox-cloud/index.ts", "src/satellites/forge-standin/index.ts"],
    why: "prints and sets exit codes, decides nothing",
  },
  { room: "src/satellites/sandbox-cloud", mayImport: ["src/base"], why: "a process of its own: the provider plugin" },
  { room: "src/satellites/forge-standin", mayImport: ["src/base"], why: "a process of its own: a host of pull requests for tests and the demo" },
  { room: "src/satellites/program-host", mayImport: ["src/base"], why: "a process of its own: the language host" },
];

const pulumiRooms = "^src/(adapters/engine|satellites|program|declare)/";
const tests = "\\.test\\.ts$|\\.test-d\\.ts$";

const escaped = (path: string): string => path.replaceAll(".", "\\.") + (path.endsWith(".ts") ? "$" : "/");

function roomRules(): IFlattenedRuleSet["forbidden"] {
  return law.map(({ room, mayImport, why }) => {
    const narrower = law.filter((row) => row.room !== room && row.room.startsWith(`${room}/`)).map((row) => escaped(row.room));
    return {
      name: `law-${room.slice(4).replaceAll("/", "-")}`,
      comment: why,
      severity: "error" as const,
      from: { path: `^${escaped(room)}`, pathNot: [tests, ...narrower.map((path) => `^${path}`)] },
      to: { path: "^src/", pathNot: [room, ...mayImport].map((path) => `^${escaped(path)}`) },
    };
  });
}

const rules: IFlattenedRuleSet = {
  forbidden: [
    ...(roomRules() ?? []),
    {
      name: "one-door",
      severity: "error",
      comment: "outsiders enter a room by its index.ts",
      from: { path: "^src/([^/]+)/([^/]+)/", pathNot: tests },
      to: { path: "^src/[^/]+/[^/]+/", pathNot: ["^src/$1/$2/", "/index\\.ts$"] },
    },
    {
      name: "no-cycles",
      severity: "error",
      comment: "no cycles of value imports",
      from: { path: "^src/" },
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "pulumi-rooms",
      severity: "error",
      comment: "only these rooms know Pulumi",
      from: { path: "^src/", pathNot: [pulumiRooms, tests] },
      to: { path: "node_modules/@pulumi/" },
    },
    {
      name: "no-user-code",
      severity: "error",
      comment: "user code is loaded by path in a child process",
      from: { path: "^src/", pathNot: tests },
      to: { path: "^(environments|stacks|policies|legacy)/" },
    },
  ],
};

/** Breaches of the law, one line each, and the number of files that were looked at. */
export async function breaches(root: string): Promise<{ readonly lines: readonly string[]; readonly seen: number; readonly expected: number }> {
  const result = await cruise(["src"], {
    baseDir: root,
    ruleSet: rules,
    validate: true,
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: "specify",
    combinedDependencies: false,
    exclude: { path: "/golden/|/fixtures/" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "types"], extensions: [".ts", ".js"] },
  });
  const output = result.output as ICruiseResult;
  const lines = output.summary.violations.map((breach) => `${breach.from} → ${breach.to}: ${breach.rule.name}`);
  const seen = output.modules.filter((module) => module.source.startsWith("src/") && module.source.endsWith(".ts")).length;
  return { lines, seen, expected: globSync("src/**/*.ts", { cwd: root, exclude: (name) => name === "golden" || name === "fixtures" }).length };
}
