import { describe, expect, test } from "vitest";
import type { EngineOutcome } from "../../adapters/engine/index.ts";
import { failureOf } from "./failure.ts";

const urn = (type: string, name: string): string => `urn:pulumi:dev.shop::acme::${type}::${name}`;
const table = urn("aws:dynamodb/table:Table", "orders");
const place = { on: "dev.shop", todo: "Mend it and push." };

/** A preview of which the engine said this as its one error. */
function failedWith(message: string, about = table): EngineOutcome {
  const diagnostics = [
    { severity: "error", message: "preview failed", urn: urn("pulumi:pulumi:Stack", "acme-dev.shop") },
    { severity: "error", message, urn: about },
  ] as const;
  const changes = { resources: [], unchanged: 0, outputs: [], changedOutputs: [], diagnostics, policies: [] };
  return { result: "failed", exitCode: 255, changes, drift: [], durationMs: 1 } as unknown as EngineOutcome;
}

describe("a preview that failed", () => {
  test("over what is protected is a guard's refusal, and says the way that git has", () => {
    const deleted = `Preview failed: resource "${table}" cannot be deleted\nbecause it is protected. To unprotect the resource, either remove the \`protect\` flag`;
    expect(failureOf(undefined, failedWith(deleted), place)).toMatchObject({
      problem: { code: "GUARD_REFUSED", what: "what is protected would be deleted", on: "dev.shop", todo: expect.stringContaining("commit of its own first") },
      resource: "aws:dynamodb/table:Table orders",
    });
    const replaced = `unable to replace resource "${table}"\nas it is currently marked for protection. To unprotect the resource, remove the \`protect\` flag`;
    expect(failureOf(undefined, failedWith(replaced), place)?.problem.what).toBe("what is protected would be replaced");
    const along = `unable to replace resource "${table}" as part of replacing "${urn("aws:ec2/vpc:Vpc", "net")}" as it is currently marked for protection.`;
    expect(failureOf(undefined, failedWith(along), place)?.problem.what).toBe("what is protected would be replaced");
  });

  test("over anything else is the program's, also where it speaks of protection", () => {
    expect(failureOf(undefined, failedWith("TypeError: it is protected"), place)?.problem).toEqual({
      code: "PROGRAM_FAILED",
      what: "TypeError: it is protected",
      ...place,
    });
  });
});
