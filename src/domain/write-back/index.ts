export { isRevertBranch, mostAttempts, revertBranch } from "./branch-name.ts";
export { isOurRevert, revertMessage, revertTitle, titleOf, type Revert, type TakenBack } from "./message.ts";
export { writtenBackText } from "./written-text.ts";
export { takenBackOn, type LineCommit } from "./standing.ts";
