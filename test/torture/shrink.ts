import type { Played } from "./play.ts";
import type { Story } from "./story.ts";

const harmsOf = ({ struck }: Played): ReadonlySet<string> => new Set(struck.flatMap(({ violations }) => violations.map(({ harm }) => harm)));

/**
 * Leaves out one fault after another as long as the story still does the same kind of harm. Of the machine's own luck a story may pass once
 * though it is bad: what is left is short, not always the shortest.
 */
export async function shrink(bad: Played, replay: (story: Story) => Promise<Played>): Promise<Played> {
  const harms = harmsOf(bad);
  let best = bad;
  for (let at = 0; at < best.story.beats.length && best.story.beats.length > 1;) {
    const shorter = { ...best.story, beats: best.story.beats.toSpliced(at, 1) };
    const played = await replay(shorter);
    if ([...harmsOf(played)].some((harm) => harms.has(harm))) best = played;
    else at += 1;
  }
  return best;
}
