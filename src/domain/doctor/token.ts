import { About, type Finding, type Looked } from "./finding.ts";

/** What was read with the forge's token, by what it is called. */
export type TokenFacts = Readonly<Record<string, Looked<true>>>;

/** The token's rights as far as reading shows them; nothing is written to find out more. */
export function tokenFindings(facts: TokenFacts | undefined): readonly Finding[] {
  const about = new About("token", "the forge");
  if (facts === undefined) {
    return [
      about.unknown(
        "no forge is known here, or no token for it: nobody is told, and no approval counts",
        "Set TRUEUP_FORGE_TOKEN (docs/ci.md says which rights it takes).",
      ),
    ];
  }
  const reads = Object.entries(facts).filter(([, looked]) => "value" in looked);
  const problems = Object.entries(facts).flatMap(([what, looked]) =>
    "problem" in looked ? [about.wrong(`${what}: ${looked.problem.what}`, looked.problem.todo)] : [],
  );
  if (reads.length === 0) return problems;
  return [about.right(`it reads ${reads.map(([what]) => what).join(", ")}; what it may write is only seen when it writes`), ...problems];
}
