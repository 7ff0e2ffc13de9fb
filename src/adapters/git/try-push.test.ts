import { afterEach, beforeEach, expect, test } from "vitest";
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

test("the remote says which branch is its first", async () => {
  expect(await repository.defaultBranch()).toBe("main");
  await repository.moveRef("trunk", undefined, head);
  remote.git("symbolic-ref", "HEAD", "refs/heads/trunk");
  expect(await repository.defaultBranch()).toBe("trunk");
});
