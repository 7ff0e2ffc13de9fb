export type { Comparison } from "./compare.ts";
export { combinedFingerprint, fingerprint, type Fingerprint, type FingerprintContext, type FingerprintEntry } from "./fingerprint.ts";
export { judge } from "./judge.ts";
export type { Approval, GateQuestion, Hold, JudgedStack, LiveVersion, StateFacts } from "./question.ts";
export { refusalKinds, type Override, type Refusal, type RefusalKind, type Verdict } from "./verdict.ts";
export { shownWindows } from "./window-text.ts";
export type { WindowAction, WindowsAnswer } from "./windows.ts";
export { vanished } from "./vanished.ts";
