import semver from "semver";
import { didYouMean } from "../../base/problem/index.ts";
import type { DriftFinding, PropertyChange, Shown } from "../changes/index.ts";
import type { StackDeclaration } from "../environments/index.ts";
import type { GateQuestion, LiveVersion } from "./question.ts";
import { environmentFile, refuses, type Rule } from "./rule.ts";
import { refusal, type Refusal } from "./verdict.ts";

/** Version and requirements of a stack as they will be when the run is over. */
interface Standing {
  readonly version: string | undefined;
  readonly requires: Readonly<Record<string, string>>;
  readonly isPlanned: boolean;
}

/** The version that others are held against: declared, else `args.version` when that is one. */
export function versionOf(stack: Pick<StackDeclaration, "version" | "args">): string | undefined {
  const { version = stack.args["version"] } = stack;
  return typeof version === "string" && semver.valid(version) !== null ? version : undefined;
}

function standings(question: GateQuestion): ReadonlyMap<string, Standing> {
  const all = new Map<string, Standing>();
  for (const [name, live] of Object.entries(question.live ?? {})) all.set(name, { version: live.version, requires: live.requires ?? {}, isPlanned: false });
  for (const { affected } of question.stacks) {
    const { stack, action } = affected;
    if (action === "apply") all.set(stack.name, { version: versionOf(stack), requires: stack.requires, isPlanned: true });
    else all.delete(stack.name);
  }
  return all;
}

function unmet(
  question: GateQuestion,
  all: ReadonlyMap<string, Standing>,
  need: { readonly name: string; readonly on: string; readonly range: string },
): Refusal | undefined {
  const { name, on, range } = need;
  const there = all.get(on);
  // What is live and stays as it is has done nothing: it is about the stack that would no longer fit it.
  const stack = all.get(name)?.isPlanned === true ? name : on;
  const known = [...new Set([...question.environment.stacks.map((stack) => stack.name), ...all.keys()])];
  const no = (reason: string, todo: string): Refusal => refusal("requirement", { stack, reason: `${name} requires ${on} ${range}, ${reason}`, todo });
  if (semver.validRange(range) === null) return no("which is no version range", `Correct requires.${on} in ${environmentFile(question)}.`);
  if (there === undefined) {
    const declared = question.environment.stacks.some((stack) => stack.name === on);
    return no(
      declared ? `but ${on} is not live and not in this run` : "but nothing of that name will be there",
      declared ? `Apply ${on} first, or in the same change.` : `Correct the name in ${environmentFile(question)}.${didYouMean(on, known)}`,
    );
  }
  if (there.version === undefined)
    return no(`but ${on} says no version`, `Give ${on} a version in ${environmentFile(question)}: version, or args.version, such as "1.20.0".`);
  if (semver.satisfies(there.version, range)) return undefined;
  return no(`but ${there.isPlanned ? "it would be" : "live is"} ${there.version}`, `Change the two together, or choose a version of ${on} within ${range}.`);
}

function undeclared(on: string, range: string, version: string | undefined): PropertyChange[] {
  if (version !== undefined && semver.validRange(range) !== null && semver.satisfies(version, range)) return [];
  const after: Shown = version === undefined ? { kind: "absent" } : { kind: "plain", value: version };
  return [{ path: `requires.${on}`, before: { kind: "plain", value: range }, after, replaces: false, guessed: false }];
}

/** Live stacks that find a version live which they do not accept, or none at all: one finding per stack, one property per requirement. */
export function undeclaredVersions(live: Readonly<Record<string, LiveVersion>>): readonly DriftFinding[] {
  return Object.entries(live).flatMap(([stack, { requires = {} }]): DriftFinding[] => {
    const properties = Object.entries(requires).flatMap(([on, range]) => undeclared(on, range, live[on]?.version));
    const kind = "undeclared-version";
    return properties.length === 0 ? [] : [{ stack, urn: kind, type: "", name: stack, kind, properties, protected: false, stateful: false }];
  });
}

/** Every stack that will be there, also one that this run does not touch, must find what it requires when the run is over. */
export const requirementRule: Rule = (question) => {
  // A repair puts back the versions that are recorded as live: it makes nothing fit worse.
  if (question.action === "drift") return refuses([]);
  const all = standings(question);
  return refuses(
    [...all].flatMap(([name, standing]) =>
      Object.entries(standing.requires).flatMap(([on, range]) => {
        const found = unmet(question, all, { name, on, range });
        // Two live stacks that do not fit each other are not this run's doing: blocking it could block the repair.
        const isOurs = standing.isPlanned || all.get(on)?.isPlanned === true || question.stacks.some(({ affected }) => affected.stack.name === on);
        return found !== undefined && isOurs ? [found] : [];
      }),
    ),
  );
};
