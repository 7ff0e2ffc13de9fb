/** Small private files that runners of one host leave for each other. */
export interface Files {
  /** undefined when it is not there or cannot be read. */
  read(path: string): Promise<string | undefined>;
  /** Names in a folder, sorted; none when it is not there. */
  list(folder: string): Promise<readonly string[]>;
  /** Whole or not at all, for its owner alone. Makes the folder. */
  write(path: string, text: string): Promise<void>;
  /** Makes the folder of a file that is then appended to. */
  prepare(path: string): void;
  /** Adds a line. When it returns, every process of the host sees it; a power failure may lose it until it was synced. */
  append(path: string, line: string): void;
  /** On the disk when it returns. */
  sync(path: string): void;
  /** On the disk a fifth of a second later, with everything else that was added until then. Never throws. */
  syncSoon(path: string): void;
  remove(path: string): Promise<void>;
}

/** Which boot of which kernel, and which process namespace: a pid means nothing outside of them. "" where the system does not say. */
export interface Here {
  readonly boot: string;
  readonly pidNamespace: string;
}

/** The processes of this host, as far as this process sees them. */
export interface Processes {
  self(): { readonly pid: number; readonly startTicks: number };
  here(): Here;
  /** Seconds since boot. */
  uptimeS(): number;
  /** undefined when it is gone; always undefined where the system does not tell. */
  facts(pid: number): { readonly state: string; readonly startTicks: number } | undefined;
  /** The living (not zombie) processes of a session. */
  members(session: number): readonly number[];
  /** SIGKILLs a whole session. True once nothing of it lives, false when something still does after a while. */
  kill(session: number): Promise<boolean>;
}

/** The host that this process runs on, as what proves who lives and keeps what was seen. */
export interface Host {
  readonly files: Files;
  readonly processes: Processes;
  /** So many random bytes, hex. */
  random(bytes: number): string;
}
