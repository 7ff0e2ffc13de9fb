import { checkShape, commitShape, deploymentShape, deploymentStatusShape, statusShape } from "./github-shapes.ts";
import { message, repo, type Desk } from "./github-desk.ts";
import { demand, Refusal, type CheckAnnotation, type CheckRun, type Deployed } from "./model.ts";
import { settle } from "./pulls.ts";
import type { Answer, Asked, Route } from "./server.ts";
import { list, record, text } from "./words.ts";

export function commitRoutes(desk: Desk): readonly Route[] {
  return [...statusRoutes(desk), ...checkRoutes(desk), ...deploymentRoutes(desk)];
}

function commitNamed({ model }: Desk, name: string): string {
  const commit = model.git.resolve(name) ?? model.git.resolve(`refs/heads/${name}`);
  if (commit === undefined) throw new Refusal("invalid", `No commit found for SHA: ${name}`);
  return commit;
}

const settleAll = ({ model }: Desk): void => {
  for (const pull of model.pulls) settle(model, pull);
};

function statusRoutes(desk: Desk): readonly Route[] {
  const { model, shapes, caller, pages } = desk;
  const newest = (commit: string) => model.statuses.filter((entry) => entry.commit === commit).reverse();
  return [
    {
      method: "GET",
      path: repo("/commits/:sha"),
      purpose: "other",
      answer: (asked) => {
        const commit = model.git.commit(asked.params[2] ?? "");
        return commit === undefined ? message(422, `No commit found for SHA: ${asked.params[2]}`) : { status: 200, body: commitShape(shapes(asked), commit) };
      },
    },
    ...["/git/ref/heads/:branch", "/git/ref/:ref"].map((path): Route => ({
      method: "GET",
      path: repo(path),
      purpose: "other",
      answer: (asked) => {
        const name = (asked.params[2] ?? "").replace(/^heads\//, "");
        const commit = model.git.resolve(`refs/heads/${name}`);
        return commit === undefined ? message(404, "Not Found") : { status: 200, body: { ref: `refs/heads/${name}`, object: { type: "commit", sha: commit } } };
      },
    })),
    {
      method: "GET",
      path: repo("/compare/:sides"),
      purpose: "other",
      answer: (asked) => {
        const [base = "", head = ""] = (asked.params[2] ?? "").split("...");
        const commits = model.git.commits(commitNamed(desk, base), commitNamed(desk, head));
        return pages(
          asked,
          commits.map((commit) => commitShape(shapes(asked), commit)),
          (shown) => ({ status: "ahead", total_commits: commits.length, commits: shown }),
        );
      },
    },
    {
      method: "POST",
      path: repo("/statuses/:sha"),
      purpose: "status.write",
      answer: (asked) => {
        const { login } = caller(asked);
        demand(model, login, "write");
        const { state, context, description, target_url: url } = asked.body;
        const title = text(description) ?? "";
        if (!["error", "failure", "pending", "success"].includes(text(state) ?? "")) throw new Refusal("invalid", "state is not included in the list");
        if (title.length > 140) throw new Refusal("invalid", "description is too long (maximum is 140 characters)");
        const commit = commitNamed(desk, asked.params[2] ?? "");
        const at = model.now();
        const entry = {
          id: model.nextId(),
          commit,
          name: text(context) ?? "default",
          state: text(state) ?? "",
          title,
          url: text(url),
          by: login,
          createdAt: at,
          updatedAt: at,
          superseded: false,
        };
        for (const older of model.statuses) if (older.commit === commit && older.name === entry.name) older.superseded = true;
        model.statuses.push(entry);
        model.record(login, "status.write", `${commit}/${entry.name}`);
        settleAll(desk);
        return { status: 201, body: statusShape(shapes(asked), entry) };
      },
    },
    {
      method: "GET",
      path: repo("/commits/:sha/statuses"),
      purpose: "status.list",
      answer: (asked) =>
        pages(
          asked,
          newest(commitNamed(desk, asked.params[2] ?? "")).map((entry) => statusShape(shapes(asked), entry)),
        ),
    },
    {
      method: "GET",
      path: repo("/commits/:sha/status"),
      purpose: "status.list",
      answer: (asked) => {
        const commit = commitNamed(desk, asked.params[2] ?? "");
        const shown = newest(commit).filter((entry) => !entry.superseded);
        const state = shown.some((entry) => entry.state === "failure" || entry.state === "error")
          ? "failure"
          : shown.length > 0 && shown.every((entry) => entry.state === "success")
            ? "success"
            : "pending";
        return pages(
          asked,
          shown.map((entry) => statusShape(shapes(asked), entry)),
          (statuses) => ({ state, sha: commit, total_count: shown.length, statuses }),
        );
      },
    },
  ];
}

function annotationsOf(output: Readonly<Record<string, unknown>>): readonly CheckAnnotation[] {
  const given = list(output["annotations"]).map(record);
  if (given.length > 50) throw new Refusal("invalid", "No more than 50 items are allowed; 51 or more were supplied.");
  return given.map((entry) => {
    const level = text(entry["annotation_level"]) ?? "";
    const [path, said, start] = [text(entry["path"]), text(entry["message"]), Number(entry["start_line"])];
    if (path === undefined || said === undefined || said === "" || !(start >= 1) || !["notice", "warning", "failure"].includes(level))
      throw new Refusal("invalid", "annotation is invalid");
    const title = text(entry["title"]);
    return { path, message: said, annotation_level: level, start_line: start, end_line: Number(entry["end_line"]), ...(title === undefined ? {} : { title }) };
  });
}

function takeOutput(check: CheckRun, given: unknown): void {
  if (given === undefined) return;
  const output = record(given);
  const [title, summary] = [text(output["title"]), text(output["summary"])];
  if (title === undefined || summary === undefined) throw new Refusal("invalid", "output needs title and summary");
  if (summary.length > 65_535) throw new Refusal("invalid", "summary is too long");
  check.annotations.push(...annotationsOf(output));
  check.title = title;
  check.summary = summary;
  check.text = text(output["text"]) ?? check.text;
}

function change(check: CheckRun, body: Asked["body"]): void {
  takeOutput(check, body["output"]);
  check.url = text(body["details_url"]) ?? check.url;
  check.externalId = text(body["external_id"]) ?? check.externalId;
  const conclusion = text(body["conclusion"]);
  check.status = conclusion === undefined ? (text(body["status"]) ?? check.status) : "completed";
  check.conclusion = check.status === "completed" ? (conclusion ?? check.conclusion) : undefined;
  if (check.status === "completed" && check.conclusion === undefined) throw new Refusal("invalid", "conclusion is required");
}

function checkRoutes(desk: Desk): readonly Route[] {
  const { model, shapes, caller, pages } = desk;
  const allowed = (asked: Asked): string => {
    const token = caller(asked);
    if (!token.installation && !model.policy.checksForPlainTokens) throw new Refusal("forbidden", "You must authenticate via a GitHub App.");
    demand(model, token.login, "write");
    return token.login;
  };
  const checkOf = (asked: Asked): CheckRun => {
    const check = model.checks.find((candidate) => candidate.id === Number(asked.params[2]));
    if (check === undefined) throw new Refusal("missing", "Not Found");
    return check;
  };
  const listed = (asked: Asked): Answer => {
    caller(asked);
    const commit = commitNamed(desk, asked.params[2] ?? "");
    const name = asked.url.searchParams.get("check_name");
    const all = model.checks.filter((check) => check.commit === commit && (name === null || check.name === name)).reverse();
    const latest = asked.url.searchParams.get("filter") === "all" ? all : all.filter((check, at) => all.findIndex((other) => other.name === check.name) === at);
    return pages(
      asked,
      latest.map((check) => checkShape(shapes(asked), check)),
      (runs) => ({ total_count: latest.length, check_runs: runs }),
    );
  };
  return [
    { method: "GET", path: repo("/commits/:sha/check-runs"), purpose: "status.list", answer: listed },
    {
      method: "POST",
      path: repo("/check-runs"),
      purpose: "status.write",
      answer: (asked) => {
        const by = allowed(asked);
        const name = text(asked.body["name"]);
        if (name === undefined) throw new Refusal("invalid", "name is missing");
        const commit = commitNamed(desk, text(asked.body["head_sha"]) ?? "");
        const check: CheckRun = {
          id: model.nextId(),
          commit,
          name,
          by,
          startedAt: model.now(),
          status: "queued",
          conclusion: undefined,
          title: "",
          summary: "",
          text: "",
          url: undefined,
          externalId: "",
          annotations: [],
        };
        change(check, asked.body);
        model.checks.push(check);
        model.record(by, "check.create", `${commit}/${name}`);
        settleAll(desk);
        return { status: 201, body: checkShape(shapes(asked), check) };
      },
    },
    {
      method: "PATCH",
      path: repo("/check-runs/:id"),
      purpose: "status.write",
      answer: (asked) => {
        const by = allowed(asked);
        const check = checkOf(asked);
        change(check, asked.body);
        model.record(by, "check.edit", `${check.commit}/${check.name}`);
        settleAll(desk);
        return { status: 200, body: checkShape(shapes(asked), check) };
      },
    },
    {
      method: "GET",
      path: repo("/check-runs/:id"),
      purpose: "status.list",
      answer: (asked) => ({ status: 200, body: checkShape(shapes(asked), checkOf(asked)) }),
    },
    { method: "GET", path: repo("/check-runs/:id/annotations"), purpose: "status.list", answer: (asked) => pages(asked, checkOf(asked).annotations) },
  ];
}

function deploymentRoutes(desk: Desk): readonly Route[] {
  const { model, shapes, caller, pages } = desk;
  const deploymentOf = (asked: Asked): Deployed => {
    const deployment = model.deployments.find((candidate) => candidate.id === Number(asked.params[2]));
    if (deployment === undefined) throw new Refusal("missing", "Not Found");
    return deployment;
  };
  return [
    {
      method: "GET",
      path: repo("/deployments"),
      purpose: "deployment.list",
      answer: (asked) => {
        const wanted = (name: string, value: string): boolean => (asked.url.searchParams.get(name) ?? value) === value;
        const shown = model.deployments
          .filter((entry) => wanted("sha", entry.commit) && wanted("environment", entry.environment) && wanted("ref", entry.ref))
          .reverse();
        return pages(
          asked,
          shown.map((entry) => deploymentShape(shapes(asked), entry)),
        );
      },
    },
    {
      method: "POST",
      path: repo("/deployments"),
      purpose: "deployment.write",
      answer: (asked) => {
        const { login } = caller(asked);
        demand(model, login, "write");
        const ref = text(asked.body["ref"]) ?? "";
        const commit = commitNamed(desk, ref);
        const contexts = asked.body["required_contexts"];
        const bad = model.statuses.find((entry) => entry.commit === commit && !entry.superseded && entry.state !== "success");
        if (!Array.isArray(contexts) && bad !== undefined)
          return message(409, `Conflict: Commit status checks failed for ${ref}.`, [
            { contexts: [{ context: bad.name, state: bad.state }], resource: "Deployment", field: "required_contexts", code: "invalid" },
          ]);
        const at = model.now();
        const entry: Deployed = {
          id: model.nextId(),
          commit,
          environment: text(asked.body["environment"]) ?? "production",
          ref,
          by: login,
          createdAt: at,
          updatedAt: at,
          description: text(asked.body["description"]) ?? "",
          states: [],
        };
        model.deployments.push(entry);
        model.record(login, "deployment.create", `${entry.environment}/${commit}`);
        return { status: 201, body: deploymentShape(shapes(asked), entry) };
      },
    },
    {
      method: "GET",
      path: repo("/deployments/:id/statuses"),
      purpose: "deployment.list",
      answer: (asked) =>
        pages(
          asked,
          [...deploymentOf(asked).states].reverse().map((state) => deploymentStatusShape(shapes(asked), state)),
        ),
    },
    {
      method: "POST",
      path: repo("/deployments/:id/statuses"),
      purpose: "deployment.write",
      answer: (asked) => {
        const { login } = caller(asked);
        demand(model, login, "write");
        const deployment = deploymentOf(asked);
        const state = text(asked.body["state"]) ?? "";
        const description = text(asked.body["description"]) ?? "";
        if (!["error", "failure", "inactive", "in_progress", "queued", "pending", "success"].includes(state))
          throw new Refusal("invalid", "state is not included in the list");
        if (description.length > 140) throw new Refusal("invalid", "description is too long (maximum is 140 characters)");
        const url = text(asked.body["log_url"]) ?? text(asked.body["target_url"]);
        const entry = { id: model.nextId(), state, description, url, environmentUrl: text(asked.body["environment_url"]), at: model.now() };
        deployment.states.push(entry);
        deployment.updatedAt = entry.at;
        model.record(login, "deployment.status", `${deployment.environment}/${deployment.commit}/${state}`);
        return { status: 201, body: deploymentStatusShape(shapes(asked), entry) };
      },
    },
  ];
}
