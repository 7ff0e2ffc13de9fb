export { liftHolds, setHold, type HoldAsked, type HoldLifted, type HoldSet } from "./hold.ts";
export { environmentWindows } from "./windows.ts";
