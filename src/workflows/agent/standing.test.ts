import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { plainGit, testRemote, type TestRemote } from "../../adapters/git/test-remote.ts";
import { systemClock } from "../../base/clock/index.ts";
import { thisMachine } from "../../base/process/index.ts";
import { ledgerOf, openEstate, type Estate } from "../estate/index.ts";
import type { Trailers } from "../ledger/index.ts";
import { isApplyDue, wantsConsent } from "./standing.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

describe("how an environment stands", () => {
  let remote: TestRemote;
  let clone: string;
  let estate: Estate;

  /** One commit on the environment's branch with these lines among its rules. */
  async function push(rules: string): Promise<string> {
    const path = join(clone, "environments/dev/environment.ts");
    mkdirSync(dirname(path), { recursive: true });
    const stack = 'stack("stacks/shop", { layer: "apps", approvals: { min: 1 } })';
    const stacks = rules === "stack" ? `{ shop: ${stack} }` : "{}";
    const own = rules === "stack" ? "" : rules;
    writeFileSync(
      path,
      `import { defineEnvironment, stack } from "trueup";\nexport default defineEnvironment({ cloud: "sandbox", ${own} stacks: ${stacks} });\n`,
    );
    plainGit(clone, ["add", "-A"]);
    plainGit(clone, ["commit", "--quiet", "--allow-empty", "-m", "Rules"]);
    plainGit(clone, ["push", "--quiet", "origin", "HEAD:refs/heads/env/dev", "HEAD:refs/heads/main"]);
    await estate.repository.fetch();
    return plainGit(clone, ["rev-parse", "HEAD"]);
  }
  const record = async (sentence: string, trailers: Trailers): Promise<void> =>
    void (await (await ledgerOf(estate, "dev")).record((current) => ({ next: current, sentence, trailers })));
  const lives = async (head: string): Promise<void> => {
    const branch = { name: "env/dev", head, seenAt: "2026-11-21T09:00:00.000Z" };
    await (await ledgerOf(estate, "dev")).record((current) => ({ next: { ...current, branch }, sentence: "live" }));
  };

  beforeEach(async () => {
    remote = testRemote();
    clone = join(remote.folder, "clone");
    plainGit(remote.folder, ["clone", "--quiet", remote.path, clone]);
    estate = await openEstate({ directory: clone, machine: thisMachine(), clock: systemClock });
  });
  afterEach(async () => {
    await estate.close();
    await remote.remove();
  });

  test("a refused head is tried again at once when somebody approves it, also when the ledger then says that somebody was told", async () => {
    const head = await push("");
    await record(`dev: ${head.slice(0, 7)} refused`, { Kind: "apply", Commit: head, Result: "refused", Run: "r1" });
    expect(await isApplyDue(estate, "dev")).toBe(false);
    await record("dev: the forge was told of r1", { Kind: "untold" });
    expect(await isApplyDue(estate, "dev")).toBe(false);
    await record("dev: @bob approves what run r1 would do", { Kind: "approval" });
    await record("dev: the forge was told of r1", { Kind: "untold" });
    expect(await isApplyDue(estate, "dev")).toBe(true);
  });

  test("an apply may want somebody's yes by what is live, by the head, by a stack's own rule, and where that cannot be read", async () => {
    const wants = (): Promise<boolean> => wantsConsent(estate, "dev");
    const asking = await push("approvals: { min: 1 },");
    expect(await wants()).toBe(true);
    await lives(asking);
    const plain = await push("");
    expect(await wants()).toBe(true);
    await lives(plain);
    expect(await wants()).toBe(false);
    await push("stack");
    expect(await wants()).toBe(true);
    await push("");
    expect(await wants()).toBe(false);
    await push("nonsense: 1,");
    expect(await wants()).toBe(true);
  });
});
