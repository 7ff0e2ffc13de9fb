import { describe, expect, test } from "vitest";
import * as github from "../../src/adapters/forges/github/schema.ts";
import * as gitlab from "../../src/adapters/forges/gitlab/schema.ts";
import { objections } from "./compiler.ts";

/** What the host's own types call the answer that is read with a schema of ours; none: the host has no type for it, or nothing of it is read. */
type Reads<Schemas> = Readonly<Record<keyof Schemas, string | undefined>>;

const ofGithub: Reads<typeof github> = {
  account: `host["simple-user"]`,
  pull: `host["pull-request-simple"] | host["pull-request"]`,
  wholePull: `host["pull-request"]`,
  pullCommit: `host["commit"]`,
  activity: `host["activity"]`,
  commit: `host["commit"]`,
  branchHead: `host["branch-with-protection"]`,
  comment: `host["issue-comment"]`,
  issue: `host["issue"]`,
  reaction: `host["reaction"]`,
  review: `host["pull-request-review"]`,
  checkRun: `host["check-run"]`,
  annotation: `host["check-annotation"]`,
  status: `host["status"]`,
  deployment: `host["deployment"]`,
  deploymentStatus: `host["deployment-status"]`,
  permission: `host["repository-collaborator-permission"]`,
  membership: `host["team-membership"]`,
  run: `host["workflow-run"]`,
  job: `host["job"]`,
  branch: `host["branch-with-protection"]`,
  branchProtection: `host["branch-protection"]`,
  branchRule: `host["repository-rule-detailed"]`,
  ruleset: `host["repository-ruleset"]`,
  rulesetRules: `host["repository-ruleset"]`,
  // One type for every mention of an App; asked about itself an App is there and has its name.
  app: `NonNullable<host["integration"]> & { slug: string }`,
  installation: `host["installation"]`,
  installationToken: `host["installation-token"]`,
  graphAnswer: undefined,
  viewer: undefined,
  anything: undefined,
};

const ofGitlab: Reads<typeof gitlab> = {
  User: "host.ExpandedUserSchema | host.SimpleUserSchema",
  Users: "host.UserSchema[]",
  Project: "host.ProjectSchema",
  Branch: "host.BranchSchema",
  MergeRequest: "host.MergeRequestSchema | host.ExpandedMergeRequestSchema",
  MergeRequests: "host.MergeRequestSchema[]",
  Versions: "host.MergeRequestDiffVersionsSchema[]",
  // GitLab documents both lists as always there, which the package leaves open.
  Approvals: `Required<Pick<host.MergeRequestLevelMergeRequestApprovalSchema, "approved_by">>`,
  ProtectedBranch: `host.ProtectedBranchSchema & Required<Pick<host.ProtectedBranchSchema, "push_access_levels">>`,
  ProtectedBranches: `(host.ProtectedBranchSchema & Required<Pick<host.ProtectedBranchSchema, "push_access_levels">>)[]`,
  Note: "host.MergeRequestNoteSchema",
  Notes: "host.MergeRequestNoteSchema[]",
  Issue: "host.IssueSchema",
  Issues: "host.IssueSchema[]",
  Edits: undefined,
  Award: "host.AwardEmojiSchema",
  Awards: "host.AwardEmojiSchema[]",
  CommitStatus: "host.CommitStatusSchema",
  CommitStatuses: "host.CommitStatusSchema[]",
  Pipeline: "host.PipelineSchema",
  Pipelines: "host.PipelineSchema[]",
  Job: "host.JobSchema",
  Deployment: "host.DeploymentSchema",
  Deployments: "host.DeploymentSchema[]",
  Environment: "host.CondensedEnvironmentSchema",
  Member: "host.MemberSchema",
  PushEvents: "host.EventSchema[]",
  ApprovalRules: "host.ProjectLevelApprovalRuleSchema[]",
  OwnApprovalRules: "host.ProjectLevelApprovalRuleSchema[]",
  StatusChecks: undefined,
  Group: "host.GroupSchema",
};

/**
 * A schema names what it reads; whatever else an answer has is nothing to it. Numbers of JSON are numbers, whatever the package calls them, and a word of a
 * list is a word: packages leave such lists out.
 */
const words = `
type Plain<T> = T extends string ? string : T extends number | bigint ? number : T extends boolean | null | undefined ? T
  : T extends readonly (infer Item)[] ? readonly Plain<Item>[] : T extends object ? { readonly [Key in keyof T as string extends Key ? never : Key]: Plain<T[Key]> } : T;
type Open<T> = T extends string | number | boolean | null | undefined ? T : T extends readonly (infer Item)[] ? readonly Open<Item>[]
  : string extends keyof T ? object : T extends object ? { readonly [Key in keyof T]: Open<T[Key]> } & { readonly [other: string]: unknown } : T;
type Read<Schema> = Schema extends z.ZodType ? Open<Plain<z.input<Schema>>> : never;
`;

const hosts = [
  { name: "GitHub", reads: ofGithub, folder: "github", types: `import type { components } from "@octokit/openapi-types";\ntype host = components["schemas"];` },
  { name: "GitLab", reads: ofGitlab, folder: "gitlab", types: `import type * as host from "@gitbeaker/core";` },
] as const;

describe.each(hosts)("whatever $name may answer by the types of its own package", { timeout: 120_000 }, ({ reads, folder, types }) => {
  const head = `${types}\nimport type { z } from "zod";\nimport type * as own from "./src/adapters/forges/${folder}/schema.ts";\n${words}`;
  const claim = (schema: string, answer: string): string => `export const take${schema} = (told: Plain<${answer}>): Read<typeof own.${schema}> => told;`;
  const claims = Object.entries(reads).flatMap(([schema, answer]) => (answer === undefined ? [] : [claim(schema, answer)]));

  test("is read without objection", async () => {
    expect(await objections(`${head}${claims.join("\n")}\n`)).toEqual([]);
  });

  test("control: an answer that lacks what is read, or has nothing where something is read, is noticed", async () => {
    const [[schema, answer] = ["", ""]] = Object.entries<string | undefined>(reads);
    const lies = [`{}`, `{ [Key in keyof (${answer})]: null }`].map((lie, at) => claim(schema, lie).replace("take", `lie${at}`));
    expect(await objections(`${head}${lies.join("\n")}\n`)).toHaveLength(2);
  });
});
