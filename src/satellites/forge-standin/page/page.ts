import type { Model } from "../model.ts";
import type { Answer, Doorway } from "../server.ts";
import { framed } from "./frame.ts";
import { markup, type Html } from "./html.ts";
import { frontPage, issuePage, pullPage, type Paths } from "./views.ts";

/** Pull requests, comments, reviews, checks and deployments as a person sees them: read only, and for whoever is on this machine. */
export interface PageFacts {
  readonly model: Model;
  readonly name: "github" | "gitlab";
}

const hosts = { github: "GitHub", gitlab: "GitLab" } as const;

export function pagesOf(repository: string, name: PageFacts["name"]): Paths {
  const [pull, issue] = name === "github" ? ["pull", "issues"] : ["-/merge_requests", "-/issues"];
  return { pull: (number) => `/${repository}/${pull}/${number}`, issue: (number) => `/${repository}/${issue}/${number}` };
}

type Wanted = { readonly kind: "front" } | { readonly kind: "pull" | "issue"; readonly number: number };

function wantedOf({ model, name }: PageFacts, path: string): Wanted | undefined {
  if (["/", `/${model.repository}`, `/${model.repository}/pulls`].includes(path)) return { kind: "front" };
  const paths = pagesOf(model.repository, name);
  const number = Number(path.split("/").at(-1));
  if (!Number.isSafeInteger(number)) return undefined;
  if (path === paths.pull(number)) return { kind: "pull", number };
  return path === paths.issue(number) ? { kind: "issue", number } : undefined;
}

function shownOf({ model, name }: PageFacts, wanted: Wanted): { readonly title: string; readonly body: Html } | undefined {
  if (wanted.kind === "front") return { title: "Pull requests", body: frontPage(model, pagesOf(model.repository, name)) };
  if (wanted.kind === "pull") {
    const pull = model.pulls.find(({ number }) => number === wanted.number);
    return pull === undefined ? undefined : { title: pull.title, body: pullPage(model, pull) };
  }
  const issue = model.issues.find(({ number }) => number === wanted.number);
  return issue === undefined ? undefined : { title: issue.title, body: issuePage(model, issue) };
}

export function pageDoor(facts: PageFacts): Doorway {
  const repository = facts.model.repository;
  return {
    purpose: (method, url) => (method === "GET" && wantedOf(facts, url.pathname) !== undefined ? "page" : undefined),
    answer: (asked): Answer => {
      const wanted = wantedOf(facts, asked.url.pathname);
      const found = wanted === undefined ? undefined : shownOf(facts, wanted);
      const { title, body } = found ?? { title: "Not found", body: markup`<h1>There is nothing here</h1><p><a href="/">All pull requests</a></p>` };
      return framed({ title, body, repository, host: hosts[facts.name], status: found === undefined ? 404 : 200 });
    },
  };
}
