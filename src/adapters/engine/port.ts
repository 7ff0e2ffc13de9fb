import type { Secret } from "../../base/secret/index.ts";
import type { ChangeSet, DriftFinding } from "../../domain/changes/index.ts";
import type { Unended } from "../../domain/recovery/index.ts";

/** Where one stack runs. Directories are absolute; nothing is taken from the caller's environment. */
export interface StackSite {
  /** The declared stack name, for change sets and messages. */
  readonly stack: string;
  /** The full Pulumi stack name. */
  readonly pulumiStack: string;
  /** Folder of the Pulumi.yaml. The engine may write config salts here: a throw-away copy. */
  readonly directory: string;
  readonly repositoryRoot: string;
  /** Backend URL, absolute. */
  readonly backend: string;
  readonly passphrase: Secret;
  /** More variables for engine, program and providers (cloud credentials, endpoints). */
  readonly variables: Readonly<Record<string, string>>;
  /** Absolute folders of policy packs. */
  readonly policyPacks: readonly string[];
  /** The prepared copy that packs outside of `repositoryRoot` lie in. */
  readonly packsRoot?: string;
  /** Packs that judge beside these, with levels of their own: those of what is live, where a commit changes them. Absolute folders. */
  readonly livePolicies?: { readonly packs: readonly string[]; readonly root: string; readonly levels: NonNullable<StackSite["policyLevels"]> };
  /** What the environment says of single policies, `policy` or `pack/policy`; else each has its pack's own level. */
  readonly policyLevels?: Readonly<Record<string, "advisory" | "mandatory" | "disabled">>;
  /** More secrets that must never show: secret outputs of stacks that this one reads. */
  readonly knownSecrets: readonly Secret[];
}

export interface RunLimits {
  readonly deadlineMs: number;
  readonly parallel?: number;
  /** First stage: INT, wait, TERM, KILL. */
  readonly signal?: AbortSignal;
  /** Second stage: KILL the session now. */
  readonly hardSignal?: AbortSignal;
  readonly onProgress?: (progress: EngineProgress) => void;
  /** After INT: how long the engine may end what it has started before TERM, and again before KILL. Default 5 s for previews, 60 s for runs that act. */
  readonly graceMs?: number;
  /** Told the session id of the engine's process as soon as it runs, for whoever must be able to prove its death. */
  readonly onSession?: (session: number) => void;
  /**
   * Asked after that and before the engine does anything: what it raises ends the run unbegun. Who was held still for a while, and is no longer the one who
   * may act, finds out here; whoever acts instead has found the session in its journal, and ended it. Not for previews.
   */
  readonly mayAct?: () => Promise<void>;
  /** Told which lock the engine's process took on the stack, as soon as it works: `name` as its backend has it. Not for previews, and not where locks cannot be listed. */
  readonly onLock?: (name: string, session: number) => void;
  /** Told when the engine has ended and its lock is gone. Not told: the lock is still there, and its owner dead. */
  readonly onUnlock?: (session: number) => void;
}

/** The engine's own lock on one stack, as its maker wrote it. It has no expiry. */
export interface EngineLock {
  readonly name: string;
  readonly pid: number;
  readonly user: string;
  readonly host: string;
  /** RFC 3339; "" when it cannot be read. */
  readonly since: string;
}

/** One step of a run, as it happens, for live tables. */
export interface EngineProgress {
  readonly stack: string;
  readonly urn: string;
  readonly operation: string;
  readonly phase: "started" | "done" | "failed";
  /** Of the object, once the provider has said it. */
  readonly id?: string;
  /** Of a creation. Where it failed the cloud may have made it all the same, and the engine's state says nothing of it. */
  readonly begun?: Begun;
}

/** What a creation was told to make, without its inputs. */
export interface Begun {
  readonly type: string;
  /** As the engine refers to it: urn and id of the provider. */
  readonly provider: string;
  readonly parent?: string;
}

/** What a preview would create. */
export interface WouldMake {
  readonly urn: string;
  readonly type: string;
  /** False for a component, which is nothing in any cloud. */
  readonly isCustom: boolean;
  /** Urn of its provider; "" for what has none. */
  readonly provider: string;
  readonly parent?: string;
  /** Its id, where the name that the program gives it is that. */
  readonly named?: string;
}

/**
 * What of a stack a run touches, by urns: these alone, or all but these; one of both. A run leaves what it does not touch in the state as it is. A urn with
 * a `*` means more than itself: ask `alsoMeant` first.
 */
export interface Among {
  readonly targets?: readonly string[];
  readonly excludes?: readonly string[];
}

/** What a run was at when its deadline came. */
export interface Overdue {
  readonly deadlineMs: number;
  /** Resources that a provider had begun and not ended, in the order in which they were begun. */
  readonly operations: readonly { readonly urn: string; readonly operation: string }[];
  /** Whether the stack's program was running: with no operation under way it is what the run waited for. */
  readonly program: boolean;
}

export interface EngineOutcome {
  readonly result: "succeeded" | "failed" | "cancelled" | "timed-out";
  /** With `timed-out`. */
  readonly overdue?: Overdue;
  /** The CLI's own exit code, kept. */
  readonly exitCode: number | undefined;
  readonly changes: ChangeSet;
  /** Present when the run read live objects (refresh, or preview with live reads): property by property. */
  readonly drift: readonly DriftFinding[];
  /** Of a preview: what it would create, providers and components among it. Empty for what acts. */
  readonly makes?: readonly WouldMake[];
  readonly durationMs: number;
}

export interface PendingOperation {
  readonly urn: string;
  readonly type: string;
  /** False for a component, which is nothing in any cloud. */
  readonly isCustom: boolean;
  /** creating, updating, deleting, reading, importing. */
  readonly operation: string;
  /** What it asked for, secrets left out. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** The urn under which the state has what it is done to: its own, or one that an update of it still finds it under; undefined: the state has none. */
  readonly recordedAs: string | undefined;
  /** Ids of the resources of that urn that are in the state: of a creation, what it was to replace. */
  readonly known: readonly string[];
  /** Ids of that urn whose objects were deleted so that it could take their place. */
  readonly freed: readonly string[];
}

/** What is to become of the operations of a state that never ended, by urn. */
export interface Mend {
  /** The object exists: it becomes a resource of the state. A resource of its urn that is there already is what it replaced. `begun`: where the state has neither the operation nor a resource of its urn. */
  readonly adopt: readonly { readonly urn: string; readonly id: string; readonly begun?: Begun }[];
  /** It is forgotten; what the state has of it stays as it is. */
  readonly drop: readonly string[];
  /** The resource is in the state, under this urn or one that it had before: its object is read anew. */
  readonly reread: readonly string[];
  /** What it was done to is not there: it is taken out of the state. Left out: none. */
  readonly remove?: readonly string[];
}

export interface ReadBack {
  /** The mended state as the cloud says it is, for `importState`; not to be used after a failure. */
  readonly deployment: string;
  /** By urn of `adopt`: whether the cloud has the object. */
  readonly found: ReadonlyMap<string, boolean>;
  /** Why the cloud could not be read. */
  readonly failure: string | undefined;
  /** By urn of `adopt` and `reread`: why this very object could not be read. After one failure the engine reads no further: more may be so. */
  readonly unread: ReadonlyMap<string, string>;
}

/** A whole state of a stack that was kept aside. */
export interface StateCopy {
  /** As an export. */
  readonly deployment: string;
  /** When the engine wrote it, milliseconds since 1970. */
  readonly savedMs: number;
  /** Where it is kept, for people. */
  readonly from: string;
  readonly resources: readonly { readonly urn: string; readonly id: string }[];
}

export interface StateSummary {
  readonly exists: boolean;
  /** sha256 of the canonical deployment without its manifest time; "" when the stack does not exist. */
  readonly digest: string;
  /** Equal where of each resource the same may be done (protect, retainOnDelete, …): a change of that alone is told by no run. */
  readonly options: string;
  /**
   * RFC 3339: `createdAt`, when the engine made this very object, left out of what it was told of; `modifiedAt`, when it last wrote it down differently,
   * left out by engines that do not tell.
   */
  readonly resources: readonly {
    readonly urn: string;
    readonly type: string;
    readonly id: string;
    readonly protected: boolean;
    readonly createdAt?: string;
    readonly modifiedAt?: string;
    /** The program said which object it is: it was there before. */
    readonly isImported?: true;
    /** The program only reads it (`.get()`): somebody else's, which no engine deletes. */
    readonly isExternal?: true;
  }[];
  /** What an engine deleted so that another object can take its place, and that none has taken yet. Not among the resources. */
  readonly freed: readonly { readonly urn: string; readonly type: string; readonly id: string }[];
  readonly pending: readonly PendingOperation[];
  /** The raw export (secrets are ciphertext), for backups and import. */
  readonly deployment: string;
}

/**
 * The real Pulumi engine, one CLI process per call, in its own session, with an environment built from nothing and a private home.
 * Calls for different stacks may run at once; calls for one stack must not. Program and provider failures are an `EngineOutcome` with
 * `failed` and diagnostics; everything else raises a Problem: ENGINE_MISSING, ENGINE_EVENTS_LOST, PLUGIN_MISSING, STATE_UNREACHABLE,
 * STATE_LOCKED, STATE_CORRUPTED, SECRETS_UNREADABLE, STACK_UNKNOWN, DISK_FULL. No secret is in anything it returns.
 */
export interface Engine {
  version(): Promise<string>;
  /** Creates the stack in the backend when it is not there. */
  init(site: StackSite): Promise<void>;
  /**
   * Starts what runs of programs need (language host, sandbox cloud) before the first of them asks: a hint, whose failure the first run will tell.
   * Does not wait.
   */
  warm(): void;
  /**
   * Read-only. `live`: also read live objects (drift) in the same run. `known`: the stack's state as it was read a moment ago, so that it is not
   * read again. A stack that does not exist yet is previewed in a throw-away backend.
   */
  preview(site: StackSite, options: RunLimits & { readonly live: boolean; readonly known?: StateSummary }): Promise<EngineOutcome>;
  /**
   * `refresh`: reads what is live first. `known`: the stack's state as it was read since it was run last; left out, it is read. What an engine has deleted
   * already for an object that it then did not make (`freed`) is not deleted again.
   */
  up(site: StackSite, options: RunLimits & Among & { readonly refresh: boolean; readonly known?: StateSummary }): Promise<EngineOutcome>;
  refresh(site: StackSite, options: RunLimits & { readonly previewOnly: boolean }): Promise<EngineOutcome>;
  destroy(site: StackSite, options: RunLimits & { readonly previewOnly: boolean }): Promise<EngineOutcome>;
  exportState(site: StackSite): Promise<StateSummary>;
  /** Locks the stack, as every writer does. The engine forgets operations that never ended: what is imported must know how each of them did. */
  importState(site: StackSite, deployment: string, notes?: Pick<RunLimits, "onSession" | "mayAct" | "onLock" | "onUnlock">): Promise<void>;
  /** Copies of the stack's state, the newest first: those that its backend keeps, where it can be looked into, and those of `kept` that can be read. */
  copies(site: StackSite, kept: readonly Pick<StateCopy, "deployment" | "from">[]): Promise<readonly StateCopy[]>;
  /**
   * A copy as an engine would have left it that was killed after all that was done since: among the operations of which nobody recorded the end.
   * Changes nothing anywhere.
   */
  withUnended(site: StackSite, copy: { readonly deployment: string; readonly unended: readonly Unended<Begun>[] }): StateSummary;
  /**
   * The state to go on with, where a run ended while it replaced a provider and the engine would take what that made for the newer one's; undefined where
   * that is not so. Changes nothing anywhere.
   */
  goingOn(site: StackSite, deployment: string): string | undefined;
  /** What the state would be with these operations dealt with, read from the cloud in a copy. Changes nothing anywhere. */
  readBack(site: StackSite, mending: { readonly deployment: string; readonly mend: Mend; readonly limits: RunLimits }): Promise<ReadBack>;
  /** Stack outputs; secret ones as Secret. */
  outputs(site: StackSite): Promise<Readonly<Record<string, unknown>>>;
  history(site: StackSite): Promise<readonly { readonly kind: string; readonly result: string; readonly startedAt: string }[]>;
  /** The locks on the stack; undefined where the backend cannot be listed. */
  locks(site: StackSite): Promise<readonly EngineLock[] | undefined>;
  /** Removes this one lock. Only of a process that is proved dead: it stops nobody. */
  removeLock(site: StackSite, name: string): Promise<void>;
  /** Removes all of the backend's lock files of this stack, whoever's they are. Stops nobody. */
  cancel(site: StackSite): Promise<void>;
  /** Removes a stack that is empty; `withState`: also one that is not, of which nothing in the cloud is touched. Needs no passphrase. */
  remove(site: StackSite, options?: { readonly withState: boolean }): Promise<void>;
  /** The port of the sandbox cloud's console on 127.0.0.1, starting it if need be; undefined without a sandbox. */
  sandboxConsole(): Promise<number | undefined>;
  /** Ends satellites and deletes the private home. */
  close(): Promise<void>;
}
