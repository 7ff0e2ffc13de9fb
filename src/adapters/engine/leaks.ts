import type { Scrubber } from "../../base/secret/index.ts";
import type { StepMetadata } from "./event.ts";
import type { PathPart } from "./path.ts";
import type { SecretPaths } from "./properties.ts";
import { isBag, isSecret, revealed, special } from "./wire.ts";

/** Deeper values than this do not come from programs. */
const deepest = 64;

/** What is directly below a value; none below a text or number. */
function itemsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return isBag(value) ? Object.values(value) : [];
}

/** Adds every text and long number of a plain value to the scrubber. False when some of it lies too deep to be learnt. */
export function learn(value: unknown, scrubber: Scrubber, depth = 0): boolean {
  if (depth > deepest) return false;
  if (typeof value === "string") scrubber.add(value);
  else if (typeof value === "number") scrubber.add(String(value));
  let isWhole = true;
  for (const item of itemsOf(value)) isWhole = learn(item, scrubber, depth + 1) && isWhole;
  return isWhole;
}

/** Adds what is inside every decrypted secret of a value (an export with secrets shown) to the scrubber. False when one is still encrypted or lies too deep. */
export function learnRevealed(value: unknown, scrubber: Scrubber, depth = 0): boolean {
  if (depth > deepest) return false;
  if (isSecret(value)) {
    const plain = revealed(value);
    return plain !== undefined && learn(plain, scrubber);
  }
  let isWhole = true;
  for (const item of itemsOf(value)) isWhole = learnRevealed(item, scrubber, depth + 1) && isWhole;
  return isWhole;
}

type Tree = Map<string, Tree | true>;

/** The members of an object or list, by name or index; none of anything else. */
function members(value: unknown): readonly (readonly [string, unknown])[] {
  if (Array.isArray(value)) return value.map((item: unknown, index) => [String(index), item]);
  return isBag(value) && special(value) === undefined ? Object.entries(value) : [];
}

function mark(value: unknown, tree: Tree, depth = 0): void {
  if (depth > deepest) return;
  for (const [name, item] of members(value)) {
    const known = tree.get(name);
    if (known === true) continue;
    if (isSecret(item)) {
      tree.set(name, true);
      continue;
    }
    const below: Tree = known ?? new Map<string, Tree | true>();
    mark(item, below, depth + 1);
    if (below.size > 0) tree.set(name, below);
  }
}

function expose(value: unknown, tree: Tree, scrubber: Scrubber): void {
  for (const [name, below] of tree) {
    const item = Array.isArray(value) ? (value[Number(name)] as unknown) : isBag(value) && !isSecret(value) ? value[name] : undefined;
    if (item === undefined || isSecret(item)) continue;
    if (below === true) learn(item, scrubber);
    else expose(item, below, scrubber);
  }
}

function bags(step: StepMetadata): unknown[] {
  return [step.old?.inputs, step.old?.outputs, step.new?.inputs, step.new?.outputs];
}

/**
 * Which paths of which resource are secret in any state that a run showed (old or new, input or output). A value that turns from plain to
 * secret or back stands in plain text on the other side of the same run's events: its text is learnt here and blanked everywhere.
 */
export class SecretMap {
  readonly #trees = new Map<string, Tree>();

  see(step: StepMetadata): void {
    let tree = this.#trees.get(step.urn);
    if (tree === undefined) this.#trees.set(step.urn, (tree = new Map()));
    for (const bag of bags(step)) mark(bag, tree);
  }

  teach(step: StepMetadata, scrubber: Scrubber): void {
    const tree = this.#trees.get(step.urn);
    if (tree === undefined || tree.size === 0) return;
    for (const bag of bags(step)) expose(bag, tree, scrubber);
  }

  of(urn: string): SecretPaths {
    const root = this.#trees.get(urn);
    return {
      covers(path: readonly PathPart[]): boolean {
        let here: Tree | true | undefined = root;
        for (const part of path) {
          if (here === undefined) return false;
          if (here === true) return true;
          here = here.get(String(part));
        }
        return here === true;
      },
    };
  }
}
