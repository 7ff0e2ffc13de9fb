export { approveRun, type ApproveRequest } from "./approve-run.ts";
export { commandActions, previewSightings, type ActionOptions } from "./commands-actions.ts";
export { answerComment, type Answered, type CommentRequest } from "./commands.ts";
export { proposeDrift } from "./drift-proposals.ts";
export { environmentsOn } from "./environments.ts";
export type { Actions, Ordered, Outcome } from "./orders.ts";
export { publishPreviews, type Published, type PublishRequest } from "./publish.ts";
export { afterRun, leftToTell, type AfterRun } from "./after-run.ts";
export { applyAndTell, type TellRequest, type ToldApply } from "./tell.ts";
