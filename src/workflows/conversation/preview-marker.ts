import { markerLine, ownIn, withOwn } from "../../domain/reports/index.ts";

const marker = "preview";

/** The marker of the one preview comment of a pull request; where several look after its base branch, of each one's own part (`own`). */
export const previewMarker = (own?: readonly string[]): string => withOwn(marker, own);

/** Whether a comment is a preview, of all environments or of a part. Whose word it is, is for its reader to ask. */
export const isPreview = (body: string): boolean => body.startsWith(markerLine(marker)) || ownIn(marker, body) !== undefined;
