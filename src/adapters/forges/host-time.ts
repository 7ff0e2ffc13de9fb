import { Problem } from "../../base/problem/index.ts";
import type { ForgeSettings } from "./forge.ts";

/** Longer than this and the answer's age would be taken for a wrong clock. */
const mostMs = 10_000;

/**
 * Milliseconds by which this machine's clock is ahead of the host's, from the Date of its answer: good to about a second. Asked without
 * credentials, of the API's root; what the host answers does not matter. Raises FORGE_UNREACHABLE.
 */
export async function aheadOfHost({ api }: Pick<ForgeSettings, "api">): Promise<number> {
  const unreachable = (what: string, cause?: unknown): Problem =>
    new Problem("FORGE_UNREACHABLE", { what, on: new URL(api).host, todo: "Check the network, and TRUEUP_FORGE_API.", cause });
  const before = Date.now();
  const answer = await fetch(api, { redirect: "manual", signal: AbortSignal.timeout(mostMs) }).catch((thrown: unknown) => {
    throw unreachable("the forge does not answer", thrown);
  });
  const now = (before + Date.now()) / 2;
  await answer.body?.cancel();
  const said = Date.parse(answer.headers.get("date") ?? "");
  if (Number.isNaN(said)) throw unreachable("the forge's answer has no date");
  // Hosts cut off the fraction of the second.
  return now - (said + 500);
}
