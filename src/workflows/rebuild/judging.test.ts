import { describe, expect, it } from "vitest";
import type { EngineOutcome } from "../../adapters/engine/index.ts";
import type { Operation } from "../../domain/changes/index.ts";
import type { Ground, Place } from "./ground.ts";
import { refuseBoth } from "./judging.ts";

const ground = { request: { environment: "prod" } } as Pick<Ground, "request">;
const place = { stack: { name: "dns" } } as Pick<Place, "stack">;
const urn = (name: string): string => `urn:pulumi:prod.dns::acme::aws:route53/record:Record::${name}`;

type Step = readonly [Operation, string];

function planned(steps: readonly Step[]): EngineOutcome {
  const resources = steps.map(([operation, name]) => ({
    urn: urn(name),
    type: "aws:route53/record:Record",
    name,
    operation,
    properties: [],
    protected: false,
    stateful: false,
  }));
  const changes = { stack: "dns", resources, unchanged: 0, policies: [], diagnostics: [], changedOutputs: [], reads: [] };
  return { result: "succeeded", exitCode: 0, changes, drift: [], durationMs: 1 };
}
const refusal = (...steps: readonly Step[]): string | undefined => refuseBoth(ground, place, planned(steps))?.what;

describe("what a rebuild leaves because another commit brought it", () => {
  it("refuses it where the engine would leave with it what is to be made: neither is deleted, and neither goes without a word", () => {
    expect(refusal(["delete", "*.example.com"], ["create", "www.example.com"])).toBe(
      "the engine takes aws:route53/record:Record::*.example.com, which came with another commit and is left as it is, for a pattern, and would not make aws:route53/record:Record::www.example.com either",
    );
  });

  it("does not, where what looks like it is in order, is left too, or is named otherwise", () => {
    expect(refusal(["delete", "*.example.com"])).toBeUndefined();
    expect(refusal(["delete", "*.example.com"], ["delete", "www.example.com"], ["read", "api.example.com"])).toBeUndefined();
    expect(refusal(["delete", "*.example.com"], ["create", "example.org"])).toBeUndefined();
  });
});
