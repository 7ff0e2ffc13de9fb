export { dispatch as default } from "./dispatch.ts";
export type { RunMarks } from "./marks.ts";
export type { StackContext, StackReader } from "../declare/index.ts";
