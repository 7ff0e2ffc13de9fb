import type { Identity } from "./identity.ts";

/** What an environment folder says, as frozen plain data: the result of evaluating environment.ts and checking it. */

export const layers = ["machines", "clusters", "apps", "mesh"] as const;
export type Layer = (typeof layers)[number];

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** How long a check may take to become true, and how long it must then stay true; left out: once is enough. */
interface Patience {
  readonly settleMs: number;
  readonly holdsMs?: number;
}

export const workloadKinds = ["deployment", "statefulset", "daemonset", "pod"] as const;

/** Something of Kubernetes that is to be ready. */
export interface Workload {
  readonly kind: (typeof workloadKinds)[number];
  readonly name: string;
}

/** Where the kubeconfig of a check comes from: an output of a stack of the environment, a file of the runner, a variable that holds its text. */
export type KubeconfigSource = { readonly stack: string; readonly output: string } | { readonly file: string } | { readonly env: string };

/** What every sample of a query has to be. */
export interface Bound {
  readonly is: "above" | "below" | "equals";
  readonly value: number;
}

/** One way to know that a stack, or a whole environment, works. */
export type VerifyCheck = Patience &
  (
    | { readonly kind: "http"; readonly url: string; readonly status: number }
    | { readonly kind: "tcp"; readonly host: string; readonly port: number }
    | { readonly kind: "command"; readonly run: readonly [string, ...string[]] }
    | {
        readonly kind: "kubernetes";
        readonly workloads: readonly Workload[];
        readonly namespace: string;
        /** Left out only on the sandbox cloud: its cluster of those who name none. */
        readonly kubeconfig?: KubeconfigSource;
      }
    /** `token`: the variable that holds a bearer token. */
    | { readonly kind: "prometheus"; readonly url: string; readonly query: string; readonly bound: Bound; readonly token?: string }
  );

/** A command that must succeed: checks gate an apply, hooks surround it. */
export interface NamedCommand {
  readonly name: string;
  readonly run: readonly [string, ...string[]];
  readonly deadlineMs: number;
}

export interface IgnoreRule {
  /** Pulumi type, exact. */
  readonly type: string;
  /** Logical name; every name of the type when left out. */
  readonly name?: string;
  /** Property path as the engine writes it; a prefix covers what is below it. */
  readonly path: string;
  readonly reason: string;
  /** ISO date after which the rule warns and no longer hides anything. */
  readonly expires?: string;
}

export interface DriftRules {
  readonly mode: "detect" | "propose" | "fix";
  readonly schedule?: string;
  /** Of the schedule, an IANA name; UTC when left out. */
  readonly tz?: string;
  /** A finding alerts (notices, the drift issue, the exit code) once it is that old; at once when left out. */
  readonly alertAfterMs?: number;
  readonly ignore: readonly IgnoreRule[];
}

export interface Window {
  readonly kind: "allow" | "deny";
  readonly for: readonly ("apply" | "drift" | "rollback")[];
  readonly cron: string;
  /** As written: "9h", "30m". */
  readonly duration: string;
  readonly tz: string;
}

/** Where the passphrase of a state's secrets comes from. `sandbox`: the fixed, published one of sandbox environments. */
export type SecretSource =
  | { readonly env: string }
  | { readonly file: string }
  | { readonly command: readonly [string, ...string[]] }
  | { readonly sandbox: true };

export const noticeKinds = ["failed", "drift", "refused", "good"] as const;
export type NoticeKind = (typeof noticeKinds)[number];

/** Who is told what: a webhook of anybody, signed, or a Slack channel. Secrets are named, never written. */
export type NoticeTarget =
  | { readonly kind: "webhook"; readonly url: string; readonly secret: string; readonly on: readonly NoticeKind[] }
  | { readonly kind: "slack"; readonly variable: string; readonly channel?: string; readonly on: readonly NoticeKind[] };

export const writeBacks = ["pr", "commit", "none"] as const;
export type WriteBack = (typeof writeBacks)[number];

export interface StackDeclaration {
  /** The key in `stacks`; unique in the environment. */
  readonly name: string;
  readonly kind: "stack" | "project";
  /** Repository path of the program's folder, `/`-separated, no trailing slash. */
  readonly path: string;
  /** The full Pulumi stack name: `<env>.<name>`, or what `project()` says. */
  readonly pulumiStack: string;
  readonly layer: Layer;
  readonly args: { readonly [key: string]: Json };
  readonly dependsOn: readonly string[];
  /** Stack name → semver range its `version` must satisfy. */
  readonly requires: { readonly [stack: string]: string };
  /** What other stacks' `requires` are held against; by default `args.version` when that is a semver. */
  readonly version?: string;
  readonly verify: readonly VerifyCheck[];
  readonly runbook?: string;
  readonly rollback: "auto" | "forward-only";
  readonly drift: DriftRules;
  /** Tighter than the environment's, for this stack alone. Left out: the environment's hold. */
  readonly approvals?: Environment["approvals"];
  readonly guards?: Environment["guards"];
}

export interface Environment {
  readonly name: string;
  readonly branch: string;
  /** Where people find what runs there, as browsers write it. Told with each deployment; nothing is asked there. */
  readonly url?: string;
  readonly cloud: "real" | "sandbox";
  /** Pulumi backend URL; relative file URLs are relative to the clone that runs trueup. */
  readonly backend: string;
  readonly secrets: { readonly provider: "passphrase"; readonly from: SecretSource };
  readonly stacks: readonly StackDeclaration[];
  readonly retire: { readonly [stack: string]: "destroy" | "forget" };
  /** `codeOwners`: of everything that a change touches and CODEOWNERS gives to somebody, an owner must be among those who approve. */
  readonly approvals: { readonly min: number; readonly from: readonly string[]; readonly codeOwners?: boolean };
  /** `checks`: asked after all waves, of everything together. */
  readonly verify: { readonly required: boolean; readonly checks?: readonly VerifyCheck[] };
  readonly windows: readonly Window[];
  readonly drift: DriftRules;
  readonly checks: readonly NamedCommand[];
  /** The organisation's, then its own. */
  readonly notices: readonly NoticeTarget[];
  readonly hooks: { readonly preApply?: NamedCommand; readonly postApply?: NamedCommand; readonly onFail?: NamedCommand; readonly onRollback?: NamedCommand };
  readonly policies: { readonly packs: readonly string[]; readonly levels: { readonly [policy: string]: "advisory" | "mandatory" | "disabled" } };
  readonly preview: { readonly refresh: "always" | "never" | string };
  /** `expect`: how long a stack is taken to need of which no run is known, as written; five minutes where nothing is said. */
  readonly apply: { readonly whenChanged: "subset" | "stop" | "ask"; readonly parallel: number; readonly expect?: string };
  readonly guards: { readonly maxDestroy: { readonly count: number; readonly percent: number } };
  readonly engine: { readonly programHost: "auto" | "pulumi" | "trueup" };
  readonly identity: Identity;
  /** What becomes of the branch after a unit was rolled back: a pull request that reverts it, a commit that does, or nothing. */
  readonly writeBack: WriteBack;
}

/** trueup.config.ts: what holds for all environments. */
export interface Organisation {
  readonly remote: string;
  readonly backend: string;
  /**
   * Where the ledger branches live: prefix and environment name are joined as they are, `trueup/` by default. Who may sign what is recorded there,
   * as public ssh keys; with none named, nothing has to be signed.
   */
  readonly ledger: { readonly prefix: string; readonly signers: readonly string[] };
  readonly engine: { readonly versions: string; readonly programHost: "auto" | "pulumi" | "trueup" };
  readonly identity: Identity;
  readonly notices: readonly NoticeTarget[];
  readonly rules: Pick<Environment, "approvals" | "verify" | "policies" | "guards" | "checks">;
}
