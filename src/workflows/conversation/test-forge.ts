import type { Comment, Forge, Person, PullRequest, PullRequestQuery, Reaction, Saved, Status } from "../../adapters/forges/index.ts";
import { Problem } from "../../base/problem/index.ts";

const people: Readonly<Record<string, Person>> = {
  eve: { login: "eve", permission: "write", teams: ["@acme/ops"] },
  max: { login: "max", permission: "maintain", teams: [] },
  joe: { login: "joe", permission: "write", teams: [] },
  rea: { login: "rea", permission: "read", teams: [] },
};

interface Said {
  readonly on?: number;
  readonly by?: string;
  readonly edited?: boolean;
  readonly bot?: boolean;
}

/** A pull request of Ann's, number 7 when nothing else is said. */
export function openRequest(more: Pick<PullRequest, "base" | "head"> & Partial<PullRequest>): PullRequest {
  const at = { updatedAt: "2026-11-21T10:00:00Z", pushers: ["ann"], fork: false, draft: false };
  return { number: 7, url: "", title: "Change it", state: "open", author: "ann", ...at, ...more };
}

/** A host of some pull requests that keeps what it is told, for tests of what is said on it. */
export class MemoryForge implements Forge {
  readonly name = "github";
  readonly capabilities = { annotations: true, deployments: true, approvalCommit: true, teams: true, reactions: true, limits: "github" } as const;
  readonly said: (Comment & { readonly on: number })[] = [];
  readonly reactions: string[] = [];
  readonly statuses: string[] = [];
  readonly people = { ...people };
  readonly requests: PullRequest[];
  isDown = false;

  constructor(...requests: readonly PullRequest[]) {
    this.requests = [...requests];
  }

  /** The first, where there is one. */
  get request(): PullRequest {
    const [first] = this.requests;
    if (first === undefined) throw new Error("no pull request");
    return first;
  }
  set request(to: PullRequest) {
    this.requests[0] = to;
  }
  write(body: string, { on = this.request.number, by = "eve", edited = false, bot = false }: Said = {}): string {
    const id = String(this.said.length + 1);
    this.said.push({ on, id, url: `c${id}`, author: by, bot, ours: false, body, createdAt: "2026-11-21T10:00:00Z", edited });
    return id;
  }
  get replies(): readonly string[] {
    return this.said.filter(({ ours }) => ours).map(({ body }) => body);
  }
  pullRequests = async ({ base, state }: PullRequestQuery): Promise<readonly PullRequest[]> =>
    this.requests.filter((one) => (base === undefined || one.base === base) && (state === "all" || one.state === state));
  pullRequest = async (number: number): Promise<PullRequest> => this.requests.find((one) => one.number === number) ?? this.request;
  savePullRequest = async (): Promise<PullRequest> => this.request;
  comments = async (number: number): Promise<readonly Comment[]> => this.said.filter(({ on }) => on === number);
  async saveComment(on: Parameters<Forge["saveComment"]>[0], marker: string, body: string): Promise<Saved> {
    if (this.isDown) throw new Problem("FORGE_UNREACHABLE", { what: "no answer", on: "forge", todo: "Wait." });
    if (typeof on !== "number") throw new Error("no issues here");
    const at = this.said.findIndex((one) => one.on === on && one.ours && one.body.startsWith(marker));
    const id = at < 0 ? String(this.said.length + 1) : (this.said[at]?.id ?? "");
    const comment = { on, id, url: `c${id}`, author: "trueup", bot: true, ours: true, body, createdAt: "2026-11-21T10:05:00Z", edited: false };
    this.said.splice(at < 0 ? this.said.length : at, 1, comment);
    return comment;
  }
  async react(_: number, comment: string, reaction: Reaction): Promise<void> {
    this.reactions.push(`${comment} ${reaction}`);
  }
  async setStatus(_: string, { name, state }: Status): Promise<void> {
    this.statuses.push(`${name} ${state}`);
  }
  setDeployment = async (): Promise<void> => undefined;
  approvals = async (): Promise<readonly []> => [];
  person = async (login: string): Promise<Person> => this.people[login] ?? { login, permission: "none", teams: [] };
  jobState = async (): Promise<"unknown"> => "unknown";
  protection = async (): Promise<never> => {
    throw new Error("not asked here");
  };
}
