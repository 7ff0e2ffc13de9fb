import type { Comment, IssueDraft, Saved } from "./forge.ts";
import { saveOnce, type Conversation } from "./sticky.ts";

/** An issue as a host tells it: its first text is the comment that is kept. */
export interface ToldIssue extends IssueDraft {
  readonly comment: Comment;
}

/** What is asked of a host about the issues of ours. */
export interface Issues {
  /** All pages, open and closed. */
  readonly list: () => Promise<readonly ToldIssue[]>;
  readonly create: (title: string, body: string) => Promise<ToldIssue>;
  readonly edit: (id: string, change: IssueDraft & { readonly body: string }) => Promise<ToldIssue>;
  readonly pause: Conversation["pause"];
  /** Raised when an issue is to be closed and is not there. */
  readonly missing: () => Error;
}

/** Hosts let nobody delete an issue who is not the owner. */
const surplus = "Opened twice at the same time; the other one is kept.";

/** `saveOnce`, where what is kept is an issue: its body is the text, and title and state are kept with it. */
export async function saveIssueOnce(issues: Issues, draft: IssueDraft, text: { readonly marker: string; readonly body: string }): Promise<Saved> {
  const { title, state } = draft;
  const known = new Map<string, ToldIssue>();
  const told = (issue: ToldIssue): Comment => {
    known.set(issue.comment.id, issue);
    return issue.comment;
  };
  const list = async (): Promise<Comment[]> => (await issues.list()).map(told);
  const { marker, body } = text;
  if (state === "closed" && !(await list()).some((one) => one.ours && one.body.startsWith(marker))) throw issues.missing();
  const isKept = ({ id }: Comment): boolean => known.get(id)?.title === title && known.get(id)?.state === state;
  const conversation: Conversation = {
    list,
    isKept,
    create: async (written) => told(await issues.create(title, written)),
    edit: async (id, written) => told(await issues.edit(id, { title, state, body: written })),
    remove: async (id) => void (await issues.edit(id, { title: known.get(id)?.title ?? title, state: "closed", body: surplus })),
    ...(issues.pause === undefined ? {} : { pause: issues.pause }),
  };
  return saveOnce(conversation, marker, body);
}
