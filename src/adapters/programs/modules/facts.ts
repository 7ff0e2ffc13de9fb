/** What the text of one module says about where else its outcome comes from. */
export interface ModuleFacts {
  readonly imports: readonly Mention[];
  /** Imports that exist for the type checker only and are gone when the program runs. */
  readonly typeImports: readonly Mention[];
  /** Strings that may name a file or folder, relative to the module or to the working directory. */
  readonly paths: readonly Mention[];
  /** Imports whose target the text does not say. */
  readonly computed: readonly Mention[];
  /** `x.stack("clusters").output("kubeconfig")`; without output where the text does not say which. */
  readonly reads: readonly { readonly stack: string; readonly output?: string }[];
  /** Literal names of raw `new StackReference("...")`. */
  readonly references: readonly string[];
}

export interface Mention {
  readonly text: string;
  readonly line: number;
}

export const nothingSaid: ModuleFacts = { imports: [], typeImports: [], paths: [], computed: [], reads: [], references: [] };

export function isModule(path: string): boolean {
  return /\.(ts|tsx|mts|cts|js|jsx|mjs|cjs)$/.test(path) && !/\.d\.[mc]?ts$/.test(path);
}
