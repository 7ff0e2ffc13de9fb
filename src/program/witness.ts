import * as pulumi from "@pulumi/pulumi";
import { createHmac } from "node:crypto";
import { appendFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { canonicalJson } from "../base/json/index.ts";
import type { Outputs } from "../declare/index.ts";
import { readMarks } from "./marks.ts";
import type { Selection } from "./selection.ts";

/** How a value is told without telling it: an HMAC under a key that lives as long as the run. */
export function witnessOf(value: unknown, salt: string): string {
  return createHmac("sha256", salt).update(canonicalJson(value)).digest("hex");
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
