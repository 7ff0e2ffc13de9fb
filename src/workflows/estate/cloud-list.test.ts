import { expect, test } from "vitest";
import type { Listed } from "../../domain/recovery/index.ts";
import { listOf, type TellingCloud } from "./cloud-list.ts";

const urn = "urn:pulumi:dev.net::estate::aws:ec2/vpc:Vpc::main";
const clock = { now: () => new Date(0), monotonicMs: () => 0, sleep: async () => undefined };
const made = (...objects: readonly (readonly [id: string, createdAt: string])[]): TellingCloud => ({
  ledger: () => [],
  list: () => objects.map(([id, createdAt]) => ({ id, createdAt, createdBy: urn })),
});
const ask = (cloud: TellingCloud): Promise<Listed> => listOf(cloud, clock)({ urn, type: "aws:ec2/vpc:Vpc", sinceMs: Date.parse("2026-03-02T09:00:00Z") });

test("of what a urn made, that counts which was made since the run began", async () => {
  expect(await ask(made(["vpc-1", "2026-03-01T00:00:00Z"], ["vpc-2", "2026-03-02T09:00:05Z"]))).toEqual(["vpc-2"]);
  expect(await ask(made())).toEqual([]);
});

test("where a creation was begun by a server that is held still nobody knows: it ends when that wakes (torture, seed 40005)", async () => {
  let nowMs = 0;
  const passing = { ...clock, monotonicMs: () => (nowMs += 500) };
  const line = { urn, op: "create", time: "2026-03-02T09:00:05Z", phase: "begin", operation: "one", writer: "7 127.0.0.1:4000" } as const;
  const begun: TellingCloud = { ...made(), ledger: () => [line] };
  const asked = (cloud: TellingCloud, still: number): Promise<Listed> =>
    listOf(cloud, passing, (pid) => pid === still)({ urn, type: "aws:ec2/vpc:Vpc", sinceMs: 0 });
  expect([await asked(begun, 7), await asked(begun, 8)]).toEqual(["open", []]);
  expect(await asked({ ...begun, ledger: () => [line, { ...line, phase: "commit" }] }, 7)).toEqual([]);
});

test("an object that looks older than the run, since the clock was set back meanwhile, is not taken for none (simulation, seed 209)", async () => {
  expect(await ask(made(["vpc-1", "2026-03-02T08:55:30Z"]))).toEqual(["vpc-1"]);
});
