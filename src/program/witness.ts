import * as pulumi from "@pulumi/pulumi";
import { createHmac } from "node:crypto";
import { appendFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Outputs } from "../declare/index.ts";
import { readMarks } from "./marks.ts";
import type { Selection } from "./selection.ts";

/** JSON with sorted keys: equal values give equal texts on both sides of a run. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(",")}}`;
}

/** How a value is told without telling it: an HMAC under a key that lives as long as the run. */
export function witnessOf(value: unknown, salt: string): string {
  return createHmac("sha256", salt).update(canonical(value)).digest("hex");
}

/**
 * In a preview the engine masks secret outputs, so nobody can see whether one changes; taking all of them for changed would hide everything
 * downstream behind "unknown". The run may ask (a `salt` in its marks) that each known output be witnessed: one JSON line `{name, digest}` in
 * `.trueup-run/<env>.<stack>.outputs`. An output that is not known leaves no line.
 */
export function leaveWitness(selection: Selection, outputs: Outputs): void {
  const { salt } = readMarks(selection);
  if (salt === undefined || outputs === undefined || !pulumi.runtime.isDryRun()) return;
  const path = join(selection.root, ".trueup-run", `${selection.pulumiStack}.outputs`);
  rmSync(path, { force: true });
  for (const [name, given] of Object.entries(outputs)) {
    const output: pulumi.Output<unknown> = pulumi.output(given);
    // An apply is skipped by the SDK for what is not known yet.
    output.apply((value) => appendFileSync(path, `${JSON.stringify({ name, digest: witnessOf(value, salt) })}\n`));
  }
}
