/**
 * Whether a comment may ask for a preview, and so for code of a pull request to be run. Wider than the command, as in the pipelines that `init --ci` writes:
 * where who applies and who previews are two processes, exactly one of them answers a comment.
 */
export const mayAskPreview = (body: string): boolean => /preview/i.test(body);
