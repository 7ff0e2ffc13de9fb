import type { Played, Struck } from "./play.ts";
import { strikesAgent, workNames, type WorkName } from "./story.ts";
import type { EngineBatch } from "../../scripts/torture/record.ts";

type Facts = Pick<EngineBatch, "date" | "commit" | "engine" | "machine" | "load" | "workers" | "beats" | "seconds">;
type KindRow = EngineBatch["kinds"][string];

function worksOf(struck: readonly Struck[]): EngineBatch["works"] {
  const met = struck.filter(({ injected }) => injected);
  const of = (work: WorkName): readonly Struck[] => met.filter((one) => one.work === work);
  const row = (work: WorkName): { injected: number; survived: number } => ({
    injected: of(work).length,
    survived: of(work).filter(({ violations }) => violations.length === 0).length,
  });
  return Object.fromEntries(workNames.filter((work) => of(work).length > 0).map((work) => [work, row(work)]));
}

/** The stories of one batch as one line of the record. */
export function batchOf(played: readonly Played[], facts: Facts): EngineBatch {
  const struck = played.flatMap(({ struck: all }) => all);
  const kinds: Record<string, KindRow> = {};
  for (const { fault, injected, violations } of struck) {
    const row = (kinds[fault.kind] ??= { drawn: 0, injected: 0, survived: 0, harms: {} });
    const harms: KindRow["harms"] = { ...row.harms };
    for (const { harm } of violations) harms[harm] = (harms[harm] ?? 0) + 1;
    const isSurvived = injected && violations.length === 0;
    kinds[fault.kind] = { drawn: row.drawn + 1, injected: row.injected + (injected ? 1 : 0), survived: row.survived + (isSurvived ? 1 : 0), harms };
  }
  const times = (of: "toWorkMs" | "toEndMs"): number[] => struck.flatMap((one) => (one[of] === undefined ? [] : [Math.max(0, Math.round(one[of]))]));
  return {
    rig: "engine",
    ...facts,
    sought: ["destroyed", "repeated"],
    seeds: played.map(({ story }) => story.seed),
    kinds,
    works: worksOf(struck),
    takenBack: played.reduce((sum, one) => sum + one.takenBack, 0),
    ofAgents: struck.filter((one) => one.injected && strikesAgent(one)).length,
    asked: played.flatMap(({ asked }) => asked),
    toWorkMs: times("toWorkMs"),
    toEndMs: times("toEndMs"),
    misses: played.flatMap(({ story, struck: all }) =>
      all.flatMap(({ fault, violations }) => violations.map(({ harm, what }) => ({ seed: story.seed, kind: fault.kind, harm, what }))),
    ),
  };
}
