export { environmentsOn } from "./environments.ts";
export { publishPreviews, type Published, type PublishRequest } from "./publish.ts";
export { applyAndTell, type TellRequest, type ToldApply } from "./tell.ts";
