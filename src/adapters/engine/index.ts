export { openEngine, type EngineOptions } from "./open.ts";
export { whoNames } from "./naming.ts";
export { alsoMeant } from "./pattern.ts";
export { preparePlain, type PlainOptions } from "./plain.ts";
export type { EngineControls } from "./engine.ts";
export type {
  Among,
  Begun,
  Engine,
  EngineLock,
  EngineOutcome,
  EngineProgress,
  Mend,
  PendingOperation,
  ReadBack,
  RunLimits,
  StackSite,
  StateCopy,
  StateSummary,
  WouldMake,
} from "./port.ts";
export { withoutObjects } from "./remove.ts";
export { scrubberOf } from "./secrets.ts";
export { absentState } from "./state.ts";
export type { SandboxFolders } from "./satellites.ts";
export type { Confinement } from "./worker/room.ts";
