import { afterEach, beforeEach, expect, test } from "vitest";
import { openStandin } from "../../satellites/forge-standin/index.ts";
import type { Repository } from "./port.ts";
import { testRemote, type TestRemote } from "./test-remote.ts";

let remote: TestRemote;
let repository: Repository;
let head: string;

beforeEach(async () => {
  remote = testRemote();
  repository = await remote.open();
  head = await repository.write({ parent: undefined, files: { a: "1" }, message: "Begin" });
  await repository.moveRef("main", undefined, head);
  await repository.fetch();
});
afterEach(() => remote.remove());

test("a dry run of a push is let in and moves nothing: of a new branch, of one that is there already, of one that moved on", async () => {
  const next = await repository.write({ parent: head, files: { a: "2" }, message: "Next" });
  for (const [ref, commit] of [
    ["trueup/dev", head],
    ["main", head],
    ["main", next],
  ] as const)
    await repository.tryPush(ref, commit);
  await repository.moveRef("main", head, next);
  await repository.tryPush("main", head);
  expect(remote.git("for-each-ref", "--format=%(refname) %(objectname)")).toBe(`refs/heads/main ${next}`);
});

test("a remote that can be read and takes no pushes refuses it; one that is away cannot be reached", async () => {
  remote.git("config", "receive.denyDeletes", "perhaps");
  await repository.fetch();
  await expect(repository.tryPush("main", head)).rejects.toMatchObject({ code: "PUSH_REFUSED" });
  remote.git("config", "core.repositoryFormatVersion", "99");
  await expect(repository.tryPush("main", head)).rejects.toMatchObject({ code: "REMOTE_UNREACHABLE" });
  await expect(repository.defaultBranch()).rejects.toMatchObject({ code: "REMOTE_UNREACHABLE" });
});

test.each([
  [429, "REMOTE_UNREACHABLE"],
  [503, "REMOTE_UNREACHABLE"],
  // Control: what a host refuses for good is not mistaken for one that asks to come later.
  [403, "PUSH_REFUSED"],
])("a host that can be read and answers a push with %i has said %s", async (status, code) => {
  const host = await openStandin("github");
  const { credentials } = host.settings();
  const password = "token" in credentials ? credentials.token : undefined;
  const hosted = await remote.open("hosted", { remote: host.gitUrl, ...(password === undefined ? {} : { credentials: { password } }) });
  await hosted.fetch();
  host.fault({ match: "git.push", status });
  await expect(hosted.tryPush("trueup/dev", host.head("main"))).rejects.toMatchObject({ code });
  await hosted.tryPush("trueup/dev", host.head("main"));
  await host.close();
});

test("the remote says which branch is its first", async () => {
  expect(await repository.defaultBranch()).toBe("main");
  await repository.moveRef("trunk", undefined, head);
  remote.git("symbolic-ref", "HEAD", "refs/heads/trunk");
  expect(await repository.defaultBranch()).toBe("trunk");
});
