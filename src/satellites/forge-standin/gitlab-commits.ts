import { message, project, type Desk } from "./gitlab-desk.ts";
import { deployment, environment as environmentShape, environmentOf, status } from "./gitlab-shapes.ts";
import { demand, Refusal, type CommitStatus, type Deployed, type Model } from "./model.ts";
import { settle } from "./pulls.ts";
import type { Answer, Asked, Route } from "./server.ts";
import { text } from "./words.ts";

export function commitRoutes(desk: Desk): readonly Route[] {
  return [...statusRoutes(desk), ...deploymentRoutes(desk)];
}

/** Which state a status may come from; anything else is refused, also the state that it already has. */
const before: Readonly<Record<string, readonly string[]>> = {
  pending: ["created"],
  running: ["created", "pending"],
  success: ["created", "pending", "running"],
  failed: ["created", "pending", "running"],
  canceled: ["created", "pending", "running"],
};

type StatusKey = Required<Pick<CommitStatus, "commit" | "name" | "by" | "ref">>;

const branchAt = ({ git }: Model, commit: string): string | undefined =>
  [...git.refs()].find(([branch, tip]) => branch.startsWith("refs/heads/") && tip === commit)?.[0].slice("refs/heads/".length);

const openStatus = (model: Model, { commit, name, ref, by }: StatusKey): CommitStatus | undefined =>
  model.statuses.find(
    (entry) =>
      entry.commit === commit &&
      entry.name === name &&
      entry.by === by &&
      entry.ref === ref &&
      !entry.superseded &&
      ["created", "pending", "running"].includes(entry.state),
  );

/** Takes the place of those of its name. */
function newStatus(model: Model, key: StatusKey): CommitStatus {
  for (const older of model.statuses) if (older.commit === key.commit && older.name === key.name && older.ref === key.ref) older.superseded = true;
  const at = model.now();
  const entry: CommitStatus = { id: model.nextId(), ...key, state: "created", title: "", url: undefined, createdAt: at, updatedAt: at, superseded: false };
  model.statuses.push(entry);
  return entry;
}

const saidOf = (body: Asked["body"]) => ({
  state: text(body["state"]) ?? "",
  title: text(body["description"]),
  url: text(body["target_url"]),
  name: text(body["name"]) ?? text(body["context"]) ?? "default",
  ref: text(body["ref"]),
});

function refusedStatus({ state, title = "" }: ReturnType<typeof saidOf>): Answer | undefined {
  if (before[state] === undefined) return { status: 400, body: { error: "state does not have a valid value" } };
  return title.length > 255 ? message(400, { description: ["is too long (maximum is 255 characters)"] }) : undefined;
}

function statusRoutes(desk: Desk): readonly Route[] {
  const { model, shapes, caller, pages } = desk;
  const known = (asked: Asked): string => {
    const commit = model.git.resolve(asked.params[1] ?? "");
    if (commit === undefined) throw new Refusal("missing", "404 Commit Not Found");
    return commit;
  };
  const write = (asked: Asked): Answer => {
    const { login } = caller(asked);
    demand(model, login, "write");
    const said = saidOf(asked.body);
    const refused = refusedStatus(said);
    if (refused !== undefined) return refused;
    const commit = known(asked);
    const key = { commit, name: said.name, ref: said.ref ?? branchAt(model, commit) ?? "main", by: login };
    const open = openStatus(model, key);
    if (open !== undefined && before[said.state]?.includes(open.state) !== true)
      return message(400, `Cannot transition status via :${said.state === "running" ? "run" : "enqueue"} from :${open.state}`);
    const entry = Object.assign(open ?? newStatus(model, key), { state: said.state, updatedAt: model.now() });
    entry.title = said.title ?? entry.title;
    entry.url = said.url ?? entry.url;
    model.record(login, "status.write", `${commit}/${said.name}`);
    for (const pull of model.pulls) settle(model, pull);
    return { status: 201, body: status(shapes(asked), entry) };
  };
  return [
    { method: "POST", path: project("/statuses/:sha"), purpose: "status.write", answer: write },
    {
      method: "GET",
      path: project("/repository/commits/:sha/statuses"),
      purpose: "status.list",
      answer: (asked) => {
        const query = asked.url.searchParams;
        const commit = known(asked);
        const shown = model.statuses.filter(
          (entry) =>
            entry.commit === commit &&
            (query.get("all") === "true" || !entry.superseded) &&
            (query.get("name") ?? entry.name) === entry.name &&
            (query.get("ref") ?? entry.ref) === entry.ref,
        );
        return pages(
          asked,
          shown.map((entry) => status(shapes(asked), entry)),
        );
      },
    },
    {
      method: "GET",
      path: project("/repository/commits/:sha"),
      purpose: "other",
      answer: (asked) => {
        const commit = model.git.commit(known(asked));
        const { name, email, at } = commit?.author ?? { name: "", email: "", at: "" };
        return {
          status: 200,
          body: {
            id: commit?.id,
            title: commit?.message.split("\n")[0],
            message: commit?.message,
            author_name: name,
            author_email: email,
            authored_date: at,
            committed_date: at,
            parent_ids: commit?.parents,
          },
        };
      },
    },
    {
      method: "GET",
      path: project("/repository/commits/:sha/refs"),
      purpose: "other",
      answer: (asked) => {
        const commit = known(asked);
        const names = [...model.git.refs()].filter(([ref, tip]) => ref.startsWith("refs/heads/") && tip === commit).map(([ref]) => ref.slice(11));
        return pages(
          asked,
          names.map((name) => ({ type: "branch", name })),
        );
      },
    },
  ];
}

function refusedDeployment({ git }: Model, body: Asked["body"]): Answer | undefined {
  const wanted = ["environment", "sha", "ref", "status"].map((name) => text(body[name]) ?? "");
  const [, sha = "", ref = ""] = wanted;
  if (wanted.includes("") || body["tag"] === undefined) return { status: 400, body: { error: "environment, sha, ref, tag, status are required" } };
  if (git.resolve(sha) === undefined) return message(400, { sha: ["The commit does not exist"] });
  const exists = git.resolve(`refs/heads/${ref}`) !== undefined || git.resolve(ref) !== undefined;
  return exists ? undefined : message(400, { ref: ["The branch or tag does not exist"] });
}

function deploymentRoutes({ model, shapes, caller, pages }: Desk): readonly Route[] {
  const stateOf = (entry: Deployed): string => entry.states.at(-1)?.state ?? "created";
  const move = (entry: Deployed, state: string): void =>
    void entry.states.push({ id: model.nextId(), state, description: "", url: undefined, at: model.now() });
  const found = (asked: Asked): Deployed => {
    const entry = model.deployments.find((candidate) => candidate.id === Number(asked.params[1]));
    if (entry === undefined) throw new Refusal("missing", "404 Not found");
    return entry;
  };
  return [
    {
      method: "GET",
      path: project("/deployments"),
      purpose: "deployment.list",
      answer: (asked) => {
        const query = asked.url.searchParams;
        const shown = model.deployments.filter(
          (entry) => (query.get("environment") ?? entry.environment) === entry.environment && (query.get("status") ?? stateOf(entry)) === stateOf(entry),
        );
        return pages(
          asked,
          (query.get("sort") === "desc" ? [...shown].reverse() : shown).map((entry) => deployment(shapes(asked), entry)),
        );
      },
    },
    {
      method: "GET",
      path: project("/deployments/:id"),
      purpose: "deployment.list",
      answer: (asked) => ({ status: 200, body: deployment(shapes(asked), found(asked)) }),
    },
    {
      method: "POST",
      path: project("/deployments"),
      purpose: "deployment.write",
      answer: (asked) => {
        const { login } = caller(asked);
        demand(model, login, "write");
        const refused = refusedDeployment(model, asked.body);
        if (refused !== undefined) return refused;
        const [environment = "", sha = "", ref = "", state = ""] = ["environment", "sha", "ref", "status"].map((name) => text(asked.body[name]));
        const commit = model.git.resolve(sha) ?? "";
        const last = model.deployments.findLast((entry) => entry.environment === environment);
        if (last?.commit === commit && last.ref === ref && stateOf(last) === state) return { status: 201, body: deployment(shapes(asked), last) };
        const at = model.now();
        const entry: Deployed = { id: model.nextId(), commit, environment, ref, by: login, createdAt: at, updatedAt: at, description: "", states: [] };
        move(entry, state);
        model.deployments.push(entry);
        model.record(login, "deployment.create", `${environment}/${commit}`);
        return { status: 201, body: deployment(shapes(asked), entry) };
      },
    },
    {
      method: "PUT",
      path: project("/deployments/:id"),
      purpose: "deployment.write",
      answer: (asked) => {
        const { login } = caller(asked);
        demand(model, login, "write");
        const entry = found(asked);
        const state = text(asked.body["status"]) ?? "";
        const possible = state === "running" ? stateOf(entry) === "created" : stateOf(entry) !== state;
        if (!possible) return message(400, { status: [`cannot transition via "${state === "running" ? "run" : state}"`] });
        move(entry, state);
        entry.updatedAt = model.now();
        model.record(login, "deployment.status", `${entry.environment}/${entry.commit}/${state}`);
        return { status: 200, body: deployment(shapes(asked), entry) };
      },
    },
    {
      method: "PUT",
      path: project("/environments/:id"),
      purpose: "deployment.write",
      answer: (asked) => {
        const { login } = caller(asked);
        demand(model, login, "write");
        const name = environmentOf(model, Number(asked.params[1]));
        if (name === undefined) throw new Refusal("missing", "404 Environment Not Found");
        const url = text(asked.body["external_url"]) ?? "";
        if (url.length > 255) return message(400, { external_url: ["is too long (maximum is 255 characters)"] });
        model.addresses.set(name, url);
        model.record(login, "environment.edit", name);
        return { status: 200, body: { ...environmentShape(model, name), state: "available" } };
      },
    },
  ];
}
