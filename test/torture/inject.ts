import { backendReadOnly, diskFull } from "./disks.ts";
import type { FaultKind } from "./kinds.ts";
import { killBoth, killEngine, killFrozen, killProgram, killProvider, killRunner, limitMemory } from "./kills.ts";
import { branchMoves, cloudAnswerLost, cloudHalf, cloudHangs, cloudRefuses, remoteGone, remoteHangs, remoteRefuses } from "./outside.ts";
import type { Injector } from "./scene.ts";
import { interruptOnce, interruptTwice, rivals, stopRunner } from "./stops.ts";

/** How each kind is done. */
export const injectors: Readonly<Record<FaultKind, Injector>> = {
  "kill-runner": killRunner,
  "kill-engine": killEngine,
  "kill-both": killBoth,
  "kill-frozen": killFrozen,
  "kill-provider": killProvider,
  "kill-program": killProgram,
  "memory-limit": limitMemory,
  "stop-runner": stopRunner,
  interrupt: interruptOnce,
  "interrupt-twice": interruptTwice,
  rivals,
  "cloud-refuses": cloudRefuses,
  "cloud-half": cloudHalf,
  "cloud-answer-lost": cloudAnswerLost,
  "cloud-hangs": cloudHangs,
  "remote-refuses": remoteRefuses,
  "remote-hangs": remoteHangs,
  "remote-gone": remoteGone,
  "branch-moves": branchMoves,
  "disk-full": diskFull,
  "backend-read-only": backendReadOnly,
};
