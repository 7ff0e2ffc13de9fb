import { spawn, type ChildProcess } from "node:child_process";
import { killSession } from "../../base/process/index.ts";

/** Reads "+ pid" and "- pid" lines; when its input ends, whatever the reason, it kills the groups still listed. */
const guardScript = `
pids=" "
while read -r op pid; do
  case "$op" in
    +) pids="$pids$pid " ;;
    -) pids="\${pids%% $pid *} \${pids#* $pid }" ;;
  esac
done
for pid in $pids; do kill -KILL "-$pid" 2>/dev/null; done
`;

/**
 * The processes that a host started, each the leader of its own session.
 * A guard of one tiny shell outlives a host that was killed with -9 just long enough to kill what it left, even a program that spins.
 */
export class Children {
  readonly #sessions = new Set<number>();
  #guard: ChildProcess | undefined;

  add(session: number): void {
    this.#sessions.add(session);
    this.#tell(`+ ${session}\n`);
  }

  /** Kills what is left of a session and forgets it. */
  async end(session: number): Promise<void> {
    await killSession(session);
    if (!this.#sessions.delete(session)) return;
    this.#tell(`- ${session}\n`);
  }

  async killAll(): Promise<void> {
    await Promise.all([...this.#sessions].map((session) => this.end(session)));
    this.#guard?.stdin?.end();
  }

  #tell(line: string): void {
    if (this.#guard === undefined) {
      this.#guard = spawn("/bin/sh", ["-c", guardScript], { detached: true, stdio: ["pipe", "ignore", "ignore"], cwd: "/", env: {} });
      this.#guard.on("error", () => undefined);
      this.#guard.stdin?.on("error", () => undefined);
      this.#guard.unref();
    }
    this.#guard.stdin?.write(line);
  }
}
