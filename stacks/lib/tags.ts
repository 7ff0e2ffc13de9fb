/** Who pays and whom to call: the tags that policies/platform asks of every AWS resource that can carry any. */
export type Tags = { readonly [key: string]: string };

const owner = "platform@acme.example";
const costCentre = "4711";

/** `tags(name, more?)` for one stack: `more` holds what only that resource says, such as `lifecycle`. */
export function tagsOf(environment: string, stack: string): (name: string, more?: Tags) => Record<string, string> {
  return (name, more = {}) => ({
    Name: `${environment}-${name}`,
    environment,
    stack,
    owner,
    "cost-centre": costCentre,
    ...more,
  });
}

/** Marks what may be lost without asking: policies/platform wants either this or `protect` on everything stateful. */
export const disposable: Tags = { lifecycle: "disposable" };
