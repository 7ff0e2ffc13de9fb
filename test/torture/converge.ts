import type { Told } from "../journeys/estate.ts";
import { liveThings, stackOf, stateOf } from "./evidence.ts";
import type { World } from "./world.ts";

/** What a message tells a person to do is done, to the letter; the answers come from the cloud itself. Returns what was done. */
export async function followedPeople(world: World, { err }: Told, { retries }: { readonly retries: boolean }): Promise<readonly string[]> {
  const done: string[] = [];
  for (const [, stack = "", asked = ""] of err.matchAll(/trueup recover dev (\S+)((?: --exists '[^']+')+)/g)) {
    const known = new Set((await stateOf(world, stack)).resources.map(({ id }) => id));
    const said = [...asked.matchAll(/--exists '([^'=]+)=[^']*'/g)].flatMap(([, urn = ""]) => {
      const there = liveThings(world).filter((one) => one.urn === urn && stackOf(one.urn) === stack && !known.has(one.id));
      return there.length === 0 ? ["--absent", urn] : ["--exists", `${urn}=${there[0]?.id ?? ""}`];
    });
    const told = await world.home.run(["recover", "dev", stack, ...said]);
    done.push(`recover dev ${stack} ${said.join(" ")} (exit ${told.exit ?? "none"})`);
  }
  // Of several that it may be, those that came after the first are what a run that failed has left.
  for (const [, urn = ""] of err.matchAll(/whether (\S+) still exists cannot be known: the cloud has \d+ objects/g)) {
    const [, ...later] = liveThings(world).filter((one) => one.urn === urn);
    for (const { id } of later) world.home.cloud.delete(id);
    done.push(`deleted ${later.map(({ id }) => id).join(", ")} by hand`);
  }
  // A unit that was rolled back stays so until a person says that it may be tried again; one that could not be, until it is thawed.
  const lift =
    retries && /trueup retry dev\b/.test(err) ? ["retry", "dev"] : /trueup thaw dev\b/.test(err) ? ["thaw", "dev", "--reason", "it is in order"] : undefined;
  if (lift !== undefined) {
    const told = await world.home.run(lift);
    done.push(`${lift.join(" ")} (exit ${told.exit ?? "none"})`);
  }
  return done;
}
