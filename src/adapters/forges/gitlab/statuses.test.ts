import { afterEach, describe, expect, it } from "vitest";
import type { Status } from "../forge.ts";
import { aMergeRequest, closeAll, tinyGitlab, type Seen } from "./testing/tiny-gitlab.ts";

afterEach(closeAll);

const commit = "a".repeat(40);
const list = `GET /repository/commits/${commit}/statuses`;
const post = `POST /statuses/${commit}`;
const name = "trueup/preview (prod)";
const running: Status = { name, state: "running", title: "previewing", url: "https://ci/1" };

const there = (fields: Readonly<Record<string, unknown>>) => ({
  id: 1,
  name,
  status: "running",
  ref: "wider",
  description: "previewing",
  target_url: "https://ci/1",
  ...fields,
});
const cannot = (from: string) => ({
  status: 400,
  body: { message: `Cannot transition status via :run from :${from} (Reason(s): Status cannot transition via "run")` },
});
const posted = (seen: readonly Seen[]) => seen.filter((one) => one.method === "POST").map((one) => one.body);

describe("a status", () => {
  it("that stands as it is wanted is not posted again", async () => {
    const { forge, seen } = await tinyGitlab({ [list]: { body: [there({ id: 1, status: "failed" }), there({ id: 2 })] } });
    await forge.setStatus(commit, running);
    expect(posted(seen)).toEqual([]);
  });

  it("goes to the pipeline that the commit has, else to the branch of its open merge request", async () => {
    const piped = await tinyGitlab({
      [list]: { body: [] },
      [post]: { status: 201, body: there({}) },
      "GET /pipelines": { body: [{ id: 4, status: "running", ref: "refs/merge-requests/7/head" }] },
    });
    await piped.forge.setStatus(commit, running);
    expect(posted(piped.seen)).toEqual([{ name, state: "running", description: "previewing", target_url: "https://ci/1", ref: "refs/merge-requests/7/head" }]);
    const bare = await tinyGitlab({
      [list]: { body: [] },
      [post]: { status: 201, body: there({}) },
      "GET /pipelines": { body: [] },
      [`GET /repository/commits/${commit}/merge_requests`]: {
        body: [aMergeRequest({ iid: 6, source_project_id: 2, source_branch: "of-a-fork" }), aMergeRequest()],
      },
    });
    await bare.forge.setStatus(commit, running);
    expect(posted(bare.seen)[0]).toMatchObject({ ref: "wider" });
  });

  it("of a fork's commit goes to where GitLab keeps the fork's head", async () => {
    const { forge, seen } = await tinyGitlab({
      [list]: { body: [] },
      [post]: { status: 201, body: there({}) },
      "GET /pipelines": { status: 403, body: { message: "403 Forbidden" } },
      [`GET /repository/commits/${commit}/merge_requests`]: { body: [aMergeRequest({ iid: 6, source_project_id: 2, source_branch: "of-a-fork" })] },
    });
    await forge.setStatus(commit, running);
    expect(posted(seen)[0]).toMatchObject({ ref: "refs/merge-requests/6/head" });
  });

  it("in the state it has already is no failure; a change that GitLab refuses is one", async () => {
    const same = await tinyGitlab({ [list]: { body: [there({ description: "starting" })] }, [post]: cannot("running") });
    await expect(same.forge.setStatus(commit, running)).resolves.toBeUndefined();
    const other = await tinyGitlab({ [list]: { body: [there({ status: "failed" })] }, [post]: cannot("failed") });
    await expect(other.forge.setStatus(commit, running)).rejects.toMatchObject({ code: "FORGE_REFUSED" });
  });

  it("waits after it ran: GitLab cannot go back, so the running one is ended first", async () => {
    const { forge, seen } = await tinyGitlab({ [list]: { body: [there({})] }, [post]: { status: 201, body: there({}) } });
    await forge.setStatus(commit, { name, state: "waiting", title: "waits for approval" });
    expect(posted(seen).map((body) => body["state"])).toEqual(["canceled", "pending"]);
  });

  it("keeps within GitLab's 255 characters", async () => {
    const { forge, seen } = await tinyGitlab({ [list]: { body: [] }, [post]: { status: 201, body: there({}) } });
    await forge.setStatus(commit, { name, state: "failure", title: "x".repeat(400) });
    expect(String(posted(seen)[0]?.["description"])).toHaveLength(255);
  });
});

describe("a deployment", () => {
  const deployment = (fields: Readonly<Record<string, unknown>>) => ({
    id: 3,
    sha: commit,
    status: "running",
    environment: { id: 5, name: "prod" },
    ...fields,
  });
  const wanted = { environment: "prod", state: "success", description: "applied" } as const;

  it("of the same environment and commit is moved, and left alone when it is there", async () => {
    const moved = await tinyGitlab({
      "GET /deployments": { body: [deployment({ id: 9, sha: "b" }), deployment({ id: 8, deployable: { id: 77 } }), deployment({})] },
      "PUT /deployments/3": { body: deployment({ status: "success" }) },
    });
    await moved.forge.setDeployment(commit, wanted);
    expect(moved.seen.at(-1)).toMatchObject({ method: "PUT", body: { status: "success" } });
    const there = await tinyGitlab({ "GET /deployments": { body: [deployment({ status: "success" })] } });
    await there.forge.setDeployment(commit, wanted);
    expect(there.seen.map((one) => one.method)).toEqual(["GET"]);
  });

  it("that has ended and runs again stays one, and shows the new end", async () => {
    const { forge, seen } = await tinyGitlab({
      "GET /deployments": { body: [deployment({ status: "failed" })] },
      "PUT /deployments/3": { body: deployment({ status: "success" }) },
    });
    await forge.setDeployment(commit, { ...wanted, state: "running" });
    await forge.setDeployment(commit, wanted);
    expect(seen.filter((one) => one.method !== "GET").map((one) => [one.method, one.body["status"]])).toEqual([["PUT", "success"]]);
  });

  it("of a commit that comes back after another one is a new one, on the environment's branch", async () => {
    const { forge, seen } = await tinyGitlab({
      "GET /deployments": { body: [deployment({ id: 9, sha: "b" }), deployment({ status: "success" })] },
      [`GET /repository/commits/${commit}/refs`]: {
        body: [
          { type: "branch", name: "main" },
          { type: "branch", name: "env/prod" },
        ],
      },
      "POST /deployments": { status: 201, body: deployment({ id: 10 }) },
    });
    await forge.setDeployment(commit, { ...wanted, state: "running" });
    expect(seen.at(-1)?.body).toEqual({ environment: "prod", sha: commit, ref: "env/prod", tag: false, status: "running" });
  });
});
