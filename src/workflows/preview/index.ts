export { previewEnvironment, type Preview, type PreviewRequest } from "./preview.ts";
export { previewReport } from "./report.ts";
