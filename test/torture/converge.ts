import type { Told } from "../journeys/estate.ts";
import { liveThings, stackOf, stateOf } from "./evidence.ts";
import type { World } from "./world.ts";

/** What a message tells a person to do is done, to the letter; the answers come from the cloud itself. Returns what was done. */
export async function followedPeople(world: World, { err }: Told): Promise<readonly string[]> {
  const done: string[] = [];
  for (const [, stack = "", urn = ""] of err.matchAll(/trueup recover dev (\S+) --exists '([^'=]+)=ID'/g)) {
    const known = new Set((await stateOf(world, stack)).resources.map(({ id }) => id));
    const there = liveThings(world).filter((one) => one.urn === urn && stackOf(one.urn) === stack && !known.has(one.id));
    const said = there.length === 0 ? ["--absent", urn] : ["--exists", `${urn}=${there[0]?.id ?? ""}`];
    const told = await world.home.run(["recover", "dev", stack, ...said]);
    done.push(`recover dev ${stack} ${said.join(" ")} (exit ${told.exit ?? "none"})`);
  }
  return done;
}
