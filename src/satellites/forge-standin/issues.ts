import { demand, Refusal, type Issue, type Model } from "./model.ts";

/** Pull requests are counted from 1. */
const firstNumber = 5001;
const longestTitle = 255;

export function issueOf(model: Model, number: number): Issue {
  const issue = model.issues.find((candidate) => candidate.number === number);
  if (issue === undefined) throw new Refusal("missing", "Not Found");
  return issue;
}

function refuseTooLong(model: Model, { title, body }: Pick<Issue, "title" | "body">): void {
  if (title.trim() === "") throw new Refusal("invalid", "title can't be blank");
  if (title.length > longestTitle) throw new Refusal("invalid", `title is too long (maximum is ${longestTitle} characters)`);
  if (body.length > model.policy.maxCommentLength) throw new Refusal("invalid", `body is too long (maximum is ${model.policy.maxCommentLength} characters)`);
}

export function openIssue(model: Model, by: string, text: Pick<Issue, "title" | "body">): Issue {
  demand(model, by, "read");
  refuseTooLong(model, text);
  const at = model.now();
  const issue: Issue = { id: model.nextId(), number: firstNumber + model.issues.length, author: by, ...text, state: "open", createdAt: at, updatedAt: at };
  model.issues.push(issue);
  model.record(by, "issue.create", String(issue.number));
  return issue;
}

export function editIssue(model: Model, number: number, { by, ...change }: { readonly by: string } & Partial<Pick<Issue, "title" | "body" | "state">>): Issue {
  const issue = issueOf(model, number);
  if (issue.author !== by) demand(model, by, "write");
  refuseTooLong(model, { ...issue, ...change });
  Object.assign(issue, change);
  issue.updatedAt = model.now();
  model.record(by, "issue.edit", String(number));
  return issue;
}
