import {
  Branches,
  Commits,
  Deployments,
  Environments,
  Events,
  ExternalStatusChecks,
  GroupMembers,
  Groups,
  Issues,
  Jobs,
  MergeRequestApprovals,
  MergeRequestNoteAwardEmojis,
  MergeRequestNotes,
  MergeRequests,
  Pipelines,
  ProjectMembers,
  Projects,
  ProtectedBranches,
  Users,
} from "@gitbeaker/rest";

type Options = NonNullable<ConstructorParameters<typeof MergeRequests>[0]>;
type RequesterFn = NonNullable<Options["requesterFn"]>;
export type Requester = ReturnType<RequesterFn>;

/** What the client puts before a path when it is given no host. */
const clientRoot = "/api/v4";

/**
 * The client's resources: they know the paths, encode what goes into them and follow pages. Requests are ours, one by one: the client's own
 * requester ignores Retry-After, tries 429 and 502 ten times within a quarter of a second, writes included, and takes our token to wherever it is
 * redirected.
 */
export function endpoints(make: (prefix: string) => Requester) {
  const requesterFn: RequesterFn = ({ url }) => make(url.slice(clientRoot.length).replace(/\/+$/, ""));
  // No timeout of the client's: one deadline holds for a whole call, not for each request.
  const options = { host: "", queryTimeout: null, requesterFn } as const;
  return {
    approvals: new MergeRequestApprovals(options),
    awards: new MergeRequestNoteAwardEmojis(options),
    branches: new Branches(options),
    commits: new Commits(options),
    deployments: new Deployments(options),
    environments: new Environments(options),
    events: new Events(options),
    groupMembers: new GroupMembers(options),
    groups: new Groups(options),
    issues: new Issues(options),
    jobs: new Jobs(options),
    mergeRequests: new MergeRequests(options),
    notes: new MergeRequestNotes(options),
    pipelines: new Pipelines(options),
    projectMembers: new ProjectMembers(options),
    projects: new Projects(options),
    protectedBranches: new ProtectedBranches(options),
    statusChecks: new ExternalStatusChecks(options),
    users: new Users(options),
  };
}

export type Endpoints = ReturnType<typeof endpoints>;
