import { afterEach, describe, expect, test, vi } from "vitest";
import type { Standin } from "../../src/satellites/forge-standin/index.ts";
import { Talk } from "../../src/workflows/agent/talk.ts";
import { requireForge } from "../../src/workflows/estate/index.ts";
import { Desk } from "../write-back/desk.ts";

vi.setConfig({ testTimeout: 120_000 });

const empty = `import { defineEnvironment } from "trueup";
export default defineEnvironment({ cloud: "sandbox", stacks: {} });
`;
const quiet = { signal: new AbortController().signal, hardSignal: new AbortController().signal, observe: () => undefined };

describe.each<Standin["name"]>(["github", "gitlab"])("an agent and a fork's pull request on %s", (name) => {
  let desk: Desk;
  afterEach(() => desk?.close());

  /** An agent that was started just now, at what it does in one look. */
  async function look(): Promise<readonly string[]> {
    const estate = await desk.estate();
    await estate.repository.fetch();
    const talk = new Talk(estate, await requireForge(estate), ["dev"]);
    const done: string[] = [];
    for (const errand of await talk.errands()) done.push(`${errand.key} ${(await errand.do(quiet)).kind}`);
    return done;
  }

  test("it is told once, in a comment that becomes the preview when somebody who may asks for one", async () => {
    desk = await Desk.open(name);
    const { forge } = desk;
    if (forge === undefined) throw new Error("no forge");
    const parent = desk.commit({ "environments/dev/environment.ts": empty }, "Nothing yet");
    forge.push("mallory", "theirs", { fork: "mallory", parent, files: { note: "1\n" } });
    const number = forge.openPullRequest("mallory", { head: "theirs", base: "env/dev", fork: "mallory" });
    const ours = (): readonly string[] => forge.comments(number).flatMap(({ author, body }) => (author === forge.us ? [body] : []));
    expect(await look()).toEqual([`fork #${number} done`]);
    const told = ours();
    expect(told).toEqual([expect.stringMatching(/^<!-- trueup:preview -->[^]*comes from a fork[^]*`\/trueup preview`/)]);
    forge.push("mallory", "theirs", { fork: "mallory", files: { note: "2\n" } });
    expect([await look(), ours()]).toEqual([[], told]);
    const asked = forge.comment("bob", number, "/trueup preview");
    expect(await look()).toEqual([`comment #${number}/${asked} done`]);
    expect(ours().filter((body) => body.startsWith("<!-- trueup:preview"))).toEqual([expect.not.stringContaining("comes from a fork")]);
    expect([await look(), ours().length]).toEqual([[`comment #${number}/${asked} nothing`], 2]);
  });
});
