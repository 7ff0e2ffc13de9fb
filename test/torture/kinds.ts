/** Where in a run a kind can strike. */
export type Phase = "any" | "acting" | "engine" | "remote" | "none";

interface KindFacts {
  readonly words: string;
  /** How often it is drawn, against the others. */
  readonly weight: number;
  readonly at: Phase;
  /** Its victim dies without a word: the time to the next engine at work is taken. */
  readonly isDeath?: true;
  /** It can only be done where file systems may be mounted. */
  readonly mounts?: true;
}

/** One row per kind of fault: drawn, injected, counted and told by this name. */
export const faultKinds = {
  "kill-runner": { words: "kill -9 of the runner", weight: 10, at: "any", isDeath: true },
  "kill-engine": { words: "kill -9 of the engine", weight: 7, at: "engine" },
  "kill-both": { words: "kill -9 of runner, engine, provider and program at once", weight: 4, at: "any", isDeath: true },
  "kill-frozen": { words: "kill -9 of the engine after the cloud made it and before the state says so", weight: 7, at: "none" },
  "kill-provider": { words: "kill -9 of the provider", weight: 3, at: "engine" },
  "kill-program": { words: "kill -9 of the program or its host", weight: 3, at: "none" },
  "memory-limit": { words: "a program that gets no more memory", weight: 2, at: "none" },
  "stop-runner": { words: "SIGSTOP of the runner, another one takes over on a person's word, SIGCONT", weight: 8, at: "any" },
  interrupt: { words: "one SIGINT or SIGTERM", weight: 5, at: "any" },
  "interrupt-twice": { words: "two of them", weight: 3, at: "acting" },
  rivals: { words: "two or three runners at once, one of them killed with -9", weight: 5, at: "any", isDeath: true },
  "cloud-refuses": { words: "the cloud refuses a call", weight: 3, at: "none" },
  "cloud-half": { words: "the cloud makes an object that does not become ready", weight: 2, at: "none" },
  "cloud-answer-lost": { words: "the cloud does it and its answer is lost", weight: 3, at: "none" },
  "cloud-hangs": { words: "the cloud never answers a call (deadline)", weight: 2, at: "none" },
  "remote-refuses": { words: "the git remote refuses pushes", weight: 4, at: "remote" },
  "remote-hangs": { words: "the git remote hangs in a push; the runner is killed with -9 meanwhile, or not", weight: 5, at: "remote", isDeath: true },
  "remote-gone": { words: "the git remote is gone for seconds", weight: 4, at: "any" },
  "branch-moves": { words: "somebody merges meanwhile", weight: 4, at: "any" },
  "disk-full": { words: "the disk of the backend or of the journal is full", weight: 5, at: "none", mounts: true },
  "backend-read-only": { words: "the backend takes no writes", weight: 4, at: "engine", mounts: true },
} as const satisfies Readonly<Record<string, KindFacts>>;

export type FaultKind = keyof typeof faultKinds;
export const factsOf = (kind: FaultKind): KindFacts => faultKinds[kind];
export const allKinds = Object.keys(faultKinds) as readonly FaultKind[];
export const isFaultKind = (word: string): word is FaultKind => Object.hasOwn(faultKinds, word);
