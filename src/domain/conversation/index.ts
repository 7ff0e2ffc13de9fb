export { mayAskPreview } from "./asks-preview.ts";
export { previewCheck } from "./check-name.ts";
export { decideCommand, ignored, locksFor, ownLocks, type Decision, type EnvironmentStanding, type Lock, type Order, type Request } from "./decide.ts";
export { headWhenWritten, type HeadFacts, type Sighting } from "./head.ts";
export { mostCommands, parseComment, printCommand, type ParsedComment, type RefusedLine, type WrittenCommand } from "./parse.ts";
export { rights, type Speaker } from "./rights.ts";
export { ownPart, shareComment, type Share, type SharedComment, type SharedLine } from "./share.ts";
export { factsOf, verbNames, verbs, type Command, type Verb, type VerbFacts } from "./verbs.ts";
export type { Fault } from "./words.ts";
