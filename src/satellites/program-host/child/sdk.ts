/** What the shim needs of the program's own copy of @pulumi/pulumi. */
export interface Sdk {
  readonly settings: {
    disconnectSync(): void;
    /** Absent in older SDKs: resource hooks came with it. */
    signalAndWaitForShutdown?(): Promise<void>;
  };
  readonly stack: { runInPulumiStack(program: () => Promise<unknown>): Promise<unknown> };
  readonly log: { error(message: string, resource?: unknown): Promise<void> };
  readonly errors: { readonly RunError: { isInstance(value: unknown): boolean }; readonly ResourceError: { isInstance(value: unknown): boolean } };
}

/** Loads the SDK that the program will load: state is per copy, and only by chance would ours be the same. */
export function openSdk(require: NodeJS.Require): Sdk {
  return {
    settings: require("@pulumi/pulumi/runtime/settings") as Sdk["settings"],
    stack: require("@pulumi/pulumi/runtime/stack") as Sdk["stack"],
    log: require("@pulumi/pulumi/log") as Sdk["log"],
    errors: require("@pulumi/pulumi/errors") as Sdk["errors"],
  };
}
