import { describe, expect, test } from "vitest";
import type { EngineOutcome, StackSite } from "../../adapters/engine/index.ts";
import type { Estate, Progress } from "../estate/index.ts";
import { patiently } from "./patiently.ts";

const site = { stack: "net" } as StackSite;
const urn = (name: string): string => `urn:pulumi:dev.net::p::aws:ec2/vpc:Vpc::${name}`;

function ended(result: EngineOutcome["result"], made: readonly string[], error?: string): EngineOutcome {
  const resources = made.map((name) => ({ urn: urn(name) }));
  const diagnostics = error === undefined ? [] : [{ severity: "error", urn: urn("b"), message: error }];
  return { result, changes: { resources, diagnostics, changedOutputs: [] }, drift: [], durationMs: 1 } as unknown as EngineOutcome;
}

async function play(
  outcomes: readonly EngineOutcome[],
): Promise<{ readonly last: EngineOutcome; readonly tries: number; readonly waited: readonly number[]; readonly said: readonly string[] }> {
  const waited: number[] = [];
  const said: string[] = [];
  const observe = (progress: Progress): void => void (progress.kind === "step" && said.push(progress.text));
  const estate = { observe, clock: { sleep: async (ms: number) => void waited.push(ms) } } as unknown as Estate;
  let tries = 0;
  const last = await patiently(estate, { site, limits: {} }, async () => outcomes[tries++] ?? ended("succeeded", []));
  return { last, tries, waited, said };
}

describe("a stack whose failure passes by itself", () => {
  test("is run again, and what all tries did is told as one", async () => {
    const { last, tries, waited, said } = await play([ended("failed", ["a"], "Rate exceeded"), ended("succeeded", ["b"])]);
    expect([last.result, last.changes.resources.map((one) => one.urn), tries, waited]).toEqual(["succeeded", [urn("a"), urn("b")], 2, [5_000]]);
    expect(said).toEqual(["net: Rate exceeded; once more in 5 s"]);
  });

  test("is given up after two more tries", async () => {
    const again = ended("failed", [], "Rate exceeded");
    expect(await play([again, again, again, again])).toMatchObject({ last: { result: "failed" }, tries: 3, waited: [5_000, 20_000] });
  });

  test("control: what does not pass is run once", async () => expect((await play([ended("failed", [], "VpcLimitExceeded")])).tries).toBe(1));
});
