import { message, repo, type Desk } from "./github-desk.ts";
import { permits } from "./model.ts";
import type { Ruleset, RulesetRule } from "./rulesets.ts";
import type { Answer, Asked, Route } from "./server.ts";

const shape = ({ id, name, enforcement, include, rules }: Ruleset, whole: boolean) => ({
  id,
  name,
  target: "branch",
  source_type: "Repository",
  source: "acme/estate",
  enforcement,
  ...(whole ? { conditions: { ref_name: { include, exclude: [] } }, rules, bypass_actors: [] } : {}),
});

/** What the body says, over what is there. */
function written(asked: Asked, ruleset: Ruleset): Ruleset {
  const { name, enforcement, conditions, rules } = asked.body as {
    readonly name?: string;
    readonly enforcement?: string;
    readonly conditions?: { readonly ref_name?: { readonly include?: readonly string[] } };
    readonly rules?: readonly RulesetRule[];
  };
  return Object.assign(ruleset, {
    name: name ?? ruleset.name,
    enforcement: enforcement ?? ruleset.enforcement,
    include: conditions?.ref_name?.include ?? ruleset.include,
    rules: rules ?? ruleset.rules,
  });
}

export function rulesetRoutes({ model, caller, pages }: Desk): readonly Route[] {
  const forbidden = (asked: Asked): Answer | undefined => {
    if (permits(model, caller(asked).login, "admin")) return undefined;
    return caller(asked).installation ? message(403, "Resource not accessible by integration") : message(404, "Not Found");
  };
  const one = (asked: Asked): Ruleset | undefined => model.rulesets.find(({ id }) => id === Number(asked.params[2]));
  return [
    {
      method: "GET",
      path: repo("/rulesets"),
      purpose: "protection",
      answer: (asked) =>
        pages(
          asked,
          model.rulesets.map((ruleset) => shape(ruleset, false)),
        ),
    },
    {
      method: "POST",
      path: repo("/rulesets"),
      purpose: "protection.write",
      answer: (asked) => {
        const refused = forbidden(asked);
        if (refused !== undefined) return refused;
        if (model.rulesets.some(({ name }) => name === asked.body["name"])) return message(422, "Validation Failed: Name must be unique");
        const ruleset = written(asked, { id: model.nextId(), name: "", enforcement: "disabled", include: [], rules: [] });
        model.rulesets.push(ruleset);
        model.record(caller(asked).login, "protection.write", ruleset.name);
        return { status: 201, body: shape(ruleset, true) };
      },
    },
    {
      method: "GET",
      path: repo("/rulesets/:id"),
      purpose: "protection",
      answer: (asked) => {
        const ruleset = one(asked);
        return ruleset === undefined ? message(404, "Not Found") : { status: 200, body: shape(ruleset, true) };
      },
    },
    {
      method: "PUT",
      path: repo("/rulesets/:id"),
      purpose: "protection.write",
      answer: (asked) => {
        const ruleset = one(asked);
        const refused = forbidden(asked);
        if (refused !== undefined || ruleset === undefined) return refused ?? message(404, "Not Found");
        model.record(caller(asked).login, "protection.write", written(asked, ruleset).name);
        return { status: 200, body: shape(ruleset, true) };
      },
    },
  ];
}
