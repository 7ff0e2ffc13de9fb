import { Secret } from "../../../base/secret/index.ts";
import type { StackSite } from "../port.ts";

export const site: StackSite = {
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
export const provider = { urn: "u::p::pulumi:providers:aws::default", type: "pulumi:providers:aws", custom: true, id: "1", inputs: { region: "r" } };
export const old = { urn: "u::p::aws:x::old", type: "aws:x", custom: true, id: "x-1", provider: `${provider.urn}::1` };
export const creating = { type: "creating", resource: { urn: "u::p::aws:x::known", type: "aws:x", inputs: { name: "n" } } };

/** A state of these resources, as an export. */
export const text = (...resources: readonly unknown[]): string => JSON.stringify({ version: 3, deployment: { manifest: {}, resources } });
export const resourcesIn = (written: string | undefined): readonly unknown[] | undefined =>
  written === undefined ? undefined : (JSON.parse(written) as { readonly deployment: { readonly resources: readonly unknown[] } }).deployment.resources;
