import type { Standin } from "../../src/satellites/forge-standin/index.ts";
import { randomOf } from "../../src/satellites/forge-standin/index.ts";

/** What can be seen of a run from outside, so far. */
export interface Seen {
  /** Standard error. */
  readonly said: string;
  /** What the forge was asked since the run began, in order. */
  readonly asked: Standin["requests"];
  /** How often the ledger moved. */
  readonly moves: number;
}

export interface Cue {
  readonly name: string;
  readonly has: (seen: Seen) => boolean;
}

type Purpose = Standin["requests"][number]["purpose"];

/** The forge has answered this for the n-th time. */
const answered = (purpose: Purpose, times = 1): Cue => ({
  name: `${purpose} ${times}`,
  has: ({ asked }) => asked.filter((one) => one.purpose === purpose && typeof one.status === "number").length >= times,
});
const says = (words: RegExp): Cue => ({ name: `"${words.source}"`, has: ({ said }) => words.test(said) });
const moves = (times: number): Cue => ({ name: `move ${times} of the ledger`, has: (seen) => seen.moves >= times });

/** Who is killed, at what: a job that applies or previews; an agent that previews, answers and applies; an agent that looks for drift by schedule. */
export type Victim = "apply" | "preview" | "agent" | "sweep";

/** What Bob asks for in a comment: what starts no engine, what starts one, what changes something. */
export const questions = ["/trueup status", "/trueup drift", "/trueup apply"] as const;

const cues: Readonly<Record<Victim, readonly Cue[]>> = {
  apply: [
    moves(1),
    says(/: previewing/),
    answered("pulls.list"),
    moves(2),
    says(/: applying/),
    says(/: applied/),
    moves(3),
    answered("comment.create"),
    answered("status.write"),
    answered("deployment.write"),
  ],
  agent: [
    moves(2),
    answered("reaction"),
    moves(1),
    answered("comment.create"),
    answered("comment.create", 2),
    answered("status.write"),
    answered("status.write", 2),
    moves(3),
    answered("comment.create", 3),
    answered("deployment.write"),
  ],
  sweep: [moves(1), moves(2), says(/drift dev: begun/), moves(3), answered("issues.list"), answered("issue.create")],
  preview: [answered("status.write"), says(/: previewing/), answered("comments.list"), answered("comment.create"), answered("status.write", 2)],
};

export interface Moment {
  readonly victim: Victim;
  readonly question: (typeof questions)[number];
  readonly cue: Cue;
  /** A while after the cue: told so, a moment is the same on a slow machine. */
  readonly afterMs: number;
}

/** The same seed, the same moments. Half of them come at once after their cue, so that what follows it is met in the act. */
export function drawn(seed: number, count: number): readonly Moment[] {
  const next = randomOf(seed);
  const row: readonly Victim[] = ["apply", "agent", "sweep", "agent", "preview", "agent"];
  const used: Record<Victim, number> = { apply: 0, agent: 0, sweep: 0, preview: 0 };
  return Array.from({ length: count }, (_, index) => {
    const victim = row[index % row.length] ?? "apply";
    const own = cues[victim];
    const cue = own[used[victim] % own.length] ?? moves(1);
    const question = questions[used[victim] % questions.length] ?? questions[0];
    used[victim] += 1;
    return { victim, cue, question, afterMs: next() < 0.5 ? Math.round(next() * 40) : Math.round(next() * 1_200) };
  });
}

/** The moment, and what takes its place where the run had ended by then: a death counts only when somebody died. */
export function attemptsAt(moment: Moment): readonly Moment[] {
  return [moment, { ...moment, afterMs: 0 }, { ...moment, cue: moves(1), afterMs: 0 }, { ...moment, cue: says(/./), afterMs: 0 }];
}
