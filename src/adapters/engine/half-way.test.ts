import { describe, expect, test } from "vitest";
import { goingOn, sparing } from "./half-way.ts";
import { creating, old, provider, resourcesIn, site, text } from "./testing/deployments.ts";

describe("what was deleted for another one", () => {
  test("is marked before an engine acts, once; what never ended is left as it is", () => {
    const freed = { ...old, pendingReplacement: true };
    const marked = { ...freed, retainOnDelete: true };
    expect(resourcesIn(sparing(text(provider, freed), site))).toEqual([provider, marked]);
    expect([sparing(text(provider, marked), site), sparing(text(provider, old), site)]).toEqual([undefined, undefined]);
    expect(sparing(JSON.stringify({ version: 3, deployment: { resources: [freed], pending_operations: [creating] } }), site)).toBe(undefined);
  });
});

describe("a run that ended while it replaced a provider", () => {
  const newer = { ...provider, id: "2", inputs: { region: "s" } };
  const older = { ...provider, delete: true };
  const moved = { ...old, urn: `${old.urn}-2`, id: "y-2", provider: `${provider.urn}::2` };

  test("leaves the older one in its place where nothing has moved", () => {
    expect(resourcesIn(goingOn(text(newer, older, old), site))).toEqual([provider, old]);
  });

  test("leaves what has not moved marked as to be replaced where something has", () => {
    const left = { ...old, taint: true };
    expect(resourcesIn(goingOn(text(newer, older, old, moved), site))).toEqual([newer, older, left, moved]);
    expect(goingOn(text(newer, older, left, moved), site)).toBe(undefined);
  });

  test("control: nothing is changed where all has moved, or no provider was replaced", () => {
    expect(goingOn(text(newer, older, { ...old, delete: true }, moved), site)).toBe(undefined);
    expect(goingOn(text(provider, { ...old, delete: true }, { ...old, id: "x-2" }), site)).toBe(undefined);
    expect(goingOn(text(provider, old), site)).toBe(undefined);
  });
});
