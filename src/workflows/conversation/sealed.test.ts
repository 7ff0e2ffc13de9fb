import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Comment, Forge, Person, PullRequest } from "../../adapters/forges/index.ts";
import type { Sha } from "../../adapters/git/index.ts";
import { plainGit, testRemote, type TestRemote } from "../../adapters/git/test-remote.ts";
import { systemClock } from "../../base/clock/index.ts";
import { thisMachine } from "../../base/process/index.ts";
import { Secret } from "../../base/secret/index.ts";
import { sealPreviews, type Previewed } from "../../domain/gates/index.ts";
import { commentLimits, previewComment } from "../../domain/reports/index.ts";
import { openEstate, openPassphrase, readRevision, type Estate } from "../estate/index.ts";
import { consentOf } from "./consent.ts";
import { previewMarker } from "./preview-marker.ts";
import { previewSightings } from "./sealed.ts";

const minute = (at: number): string => `2026-11-21T08:0${at}:00.000Z`;
const head = "1".repeat(40);

/** A pull request that was merged with an approval of bob's, and what people and machines wrote there. */
class Merged {
  readonly name = "gitlab";
  readonly said: Comment[] = [];
  readonly request: PullRequest;

  constructor(mergeCommit: string) {
    const more = { url: "", title: "Change it", draft: false, fork: false, pushers: ["ann"], updatedAt: minute(9), mergeCommit };
    this.request = { number: 7, state: "merged", author: "ann", base: "env/dev", head: { branch: "change", commit: head }, ...more };
  }
  write(author: string, payload: string): void {
    const body = previewComment({ marker: previewMarker(), reports: [], payload }, commentLimits.gitlab);
    const id = String(this.said.length + 1);
    this.said.push({ id, url: "", author, bot: author !== "mallory", ours: author === "applies", body, createdAt: minute(9), edited: false });
  }
  comments = async (): Promise<readonly Comment[]> => this.said;
  pullRequests = async (): Promise<readonly PullRequest[]> => [this.request];
  pullRequest = async (): Promise<PullRequest> => this.request;
  approvals = async (): Promise<readonly object[]> => [{ by: "bob", commit: head, at: minute(9) }];
  person = async (login: string): Promise<Person> => ({ login, permission: "write", teams: [] });
  get forge(): Forge {
    return this as unknown as Forge;
  }
}

/** What counts is who sealed it, not who posted it: previews and applies may sign in as different users, as on GitLab they always do. */
describe("a preview that another login told", () => {
  let remote: TestRemote;
  let estate: Estate;
  let merged: Merged;
  let key: Secret;
  let commit: Sha;

  beforeAll(async () => {
    remote = testRemote();
    const clone = join(remote.folder, "clone");
    plainGit(remote.folder, ["clone", "--quiet", remote.path, clone]);
    const path = join(clone, "environments/dev/environment.ts");
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, 'import { defineEnvironment } from "trueup";\nexport default defineEnvironment({ cloud: "sandbox", stacks: {} });\n');
    plainGit(clone, ["add", "-A"]);
    plainGit(clone, ["commit", "--quiet", "-m", "One environment"]);
    plainGit(clone, ["push", "--quiet", "origin", "HEAD:refs/heads/env/dev"]);
    estate = await openEstate({ directory: clone, machine: thisMachine(), clock: systemClock });
    await estate.repository.fetch();
    commit = await estate.repository.resolve("env/dev");
    const { environment } = await readRevision(estate, commit, "dev");
    key = await openPassphrase(environment, estate.machine, estate.root);
  });
  beforeEach(() => {
    merged = new Merged(commit);
  });
  afterAll(async () => {
    await estate.close();
    await remote.remove();
  });

  const preview = (digest: string, sealedAt: number): Previewed => {
    const shown = { fingerprint: digest, stacks: { shop: digest }, counts: {} };
    return { format: 1, environment: "dev", commit: head, base: "0".repeat(40), at: minute(0), sealedAt: minute(sealedAt), ...shown };
  };
  const seal = (shown: Previewed, by: { readonly pullRequest?: number; readonly key?: Secret } = {}): string =>
    sealPreviews([shown], { pullRequest: 7, key, ...by }, 4_000);
  /** Digests of the previews that an apply would count. */
  async function counting(): Promise<readonly (string | undefined)[]> {
    const question = { environment: "dev", branch: "env/dev", from: undefined, head: commit, key };
    const { changes } = await consentOf(estate, merged.forge, question);
    return changes.flatMap(({ previews }) => previews.map(({ fingerprint }) => fingerprint));
  }
  const sighted = async (): Promise<readonly unknown[]> => previewSightings(estate, merged.forge, { pullRequest: merged.request });

  it("counts for an apply and for a command, and the command knows whose it is", async () => {
    merged.write("previews", seal(preview("aa", 1)));
    expect(await counting()).toEqual(["aa"]);
    expect(await sighted()).toEqual([{ commit: head, at: minute(0), ours: false }]);
  });

  it("is the last word of its commit, whatever this login or a copy of an older one says", async () => {
    const [first, second] = [seal(preview("aa", 1)), seal(preview("bb", 2))];
    merged.write("applies", first);
    merged.write("previews", second);
    merged.write("mallory", first);
    expect(await counting()).toEqual(["bb"]);
  });

  it.each([
    ["a copy from another pull request", (text: string) => text, { pullRequest: 8 }],
    ["one that was sealed with another key", (text: string) => text, { key: new Secret("z".repeat(32)) }],
    ["one that was changed", (text: string) => text.replace(/.$/, (last) => (last === "0" ? "1" : "0")), {}],
  ])("does not count when it is %s, also in a comment of ours", async (_, change, by) => {
    for (const author of ["mallory", "previews", "applies"]) merged.write(author, change(seal(preview("aa", 1), by)));
    expect([await counting(), await sighted()]).toEqual([[], []]);
  });
});
