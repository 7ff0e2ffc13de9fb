import { message, project, type Desk } from "./gitlab-desk.ts";
import { permits, type BranchRules, type Model } from "./model.ts";
import type { Answer, Asked, Route } from "./server.ts";

export const protectedId = (model: Model, branch: string): number => [...model.rules.keys()].indexOf(branch) + 1;

const fresh: BranchRules = { requiredApprovals: 0, requiresCodeOwners: false, allowsForcePush: false, allowsDeletion: false, requiredStatuses: [] };

function approvalWrites({ model, caller }: Pick<Desk, "model" | "caller">, forbidden: (asked: Asked) => Answer | undefined): readonly Route[] {
  const save = (asked: Asked, branch: string | undefined): Answer => {
    const refused = forbidden(asked);
    const rules = branch === undefined ? undefined : model.rules.get(branch);
    if (refused !== undefined || rules === undefined || branch === undefined) return refused ?? message(404, "404 Not found");
    const [name, required] = [String(asked.body["name"]), Number(asked.body["approvals_required"])];
    model.rules.set(branch, { ...rules, requiredApprovals: required, ruleName: name });
    model.record(caller(asked).login, "protection.write", branch);
    return { status: 201, body: { id: protectedId(model, branch), name, approvals_required: required } };
  };
  const branchOf = (id: number): string | undefined => [...model.rules.keys()][id - 1];
  return [
    {
      method: "POST",
      path: project("/approval_rules"),
      purpose: "protection.write",
      answer: (asked) => save(asked, branchOf(Number((asked.body["protected_branch_ids"] as readonly unknown[] | undefined)?.[0]))),
    },
    { method: "PUT", path: project("/approval_rules/:rule"), purpose: "protection.write", answer: (asked) => save(asked, branchOf(Number(asked.params[1]))) },
  ];
}

/** Who may administer the project may protect its branches. */
export function protectionWrites(desk: Pick<Desk, "model" | "caller">, shape: (branch: string) => unknown): readonly Route[] {
  const { model, caller } = desk;
  const forbidden = (asked: Asked): Answer | undefined => (permits(model, caller(asked).login, "maintain") ? undefined : message(403, "403 Forbidden"));
  const record = (asked: Asked, branch: string): void => model.record(caller(asked).login, "protection.write", branch);
  return [
    {
      method: "POST",
      path: project("/protected_branches"),
      purpose: "protection.write",
      answer: (asked) => {
        const said = (key: string): string | null =>
          asked.url.searchParams.get(key) ?? (asked.body[key] === undefined ? null : JSON.stringify(asked.body[key]));
        const branch = said("name")?.replaceAll('"', "") ?? "";
        const refused = forbidden(asked);
        if (refused !== undefined) return refused;
        if (model.rules.has(branch)) return message(409, `Protected branch '${branch}' already exists`);
        const closed = Number(said("push_access_level") ?? 40) === 0;
        model.rules.set(branch, { ...fresh, allowsForcePush: said("allow_force_push") === "true", ...(closed ? { mayPush: [] } : {}) });
        record(asked, branch);
        return { status: 201, body: shape(branch) };
      },
    },
    {
      method: "PATCH",
      path: project("/protected_branches/:branch"),
      purpose: "protection.write",
      answer: (asked) => {
        const branch = asked.params[1] ?? "";
        const rules = model.rules.get(branch);
        const refused = forbidden(asked);
        if (refused !== undefined || rules === undefined) return refused ?? message(404, "404 Not found");
        const said = (key: string, now: boolean): boolean => (asked.body[key] === undefined ? now : asked.body[key] === true || asked.body[key] === "true");
        const requiresCodeOwners = said("code_owner_approval_required", rules.requiresCodeOwners);
        const levels = (asked.body["allowed_to_push"] ?? []) as readonly { readonly access_level?: number }[];
        const closed = levels.some(({ access_level }) => Number(access_level) === 0) ? { mayPush: [] } : {};
        model.rules.set(branch, { ...rules, allowsForcePush: said("allow_force_push", rules.allowsForcePush), requiresCodeOwners, ...closed });
        record(asked, branch);
        return { status: 200, body: shape(branch) };
      },
    },
    ...approvalWrites(desk, forbidden),
  ];
}
