import type { Engine } from "../../src/adapters/engine/index.ts";
import type { Estate } from "../../src/workflows/estate/index.ts";
import type { World } from "./world.ts";

type Up = Engine["up"];

/** The estate of a world, in this process, whose engine is started by somebody else: what a runner does otherwise can be left out there, or done in between. */
export async function actingWith(world: Pick<World, "home">, act: (up: Up, ...about: Parameters<Up>) => ReturnType<Up>): Promise<Estate> {
  const estate = await world.home.open();
  return {
    ...estate,
    async engine(environment): Promise<Engine> {
      const real = await estate.engine(environment);
      return new Proxy(real, {
        get(target, name) {
          const value: unknown = Reflect.get(target, name);
          if (typeof value !== "function") return value;
          if (name !== "up") return value.bind(target) as unknown;
          const up: Up = (site, limits) => act((...about) => target.up(...about), site, limits);
          return up;
        },
      });
    },
  };
}
