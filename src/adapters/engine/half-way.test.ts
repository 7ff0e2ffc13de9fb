import { describe, expect, test } from "vitest";
import { Secret } from "../../base/secret/index.ts";
import { goingOn, sparing } from "./half-way.ts";
import type { StackSite } from "./port.ts";

const site: StackSite = {
  stack: "s",
  pulumiStack: "dev.s",
  directory: "/",
  repositoryRoot: "/",
  backend: "file:///b",
  passphrase: new Secret("p"),
  variables: {},
  policyPacks: [],
  knownSecrets: [],
};
const provider = { urn: "u::p::pulumi:providers:aws::default", type: "pulumi:providers:aws", custom: true, id: "1", inputs: { region: "r" } };
const old = { urn: "u::p::aws:x::old", type: "aws:x", custom: true, id: "x-1", provider: `${provider.urn}::1` };
const creating = { type: "creating", resource: { urn: "u::p::aws:x::known", type: "aws:x", inputs: { name: "n" } } };
type Written = { readonly deployment: { readonly resources: readonly unknown[] } };
const text = (...resources: readonly unknown[]): string => JSON.stringify({ version: 3, deployment: { manifest: {}, resources } });
const resourcesIn = (written: string | undefined): readonly unknown[] | undefined =>
  written === undefined ? undefined : (JSON.parse(written) as Written).deployment.resources;

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
