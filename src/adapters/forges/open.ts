import type { Clock } from "../../base/clock/index.ts";
import type { Forge, ForgeSettings } from "./forge.ts";

/** Opens the host of one repository. Nothing is asked of it yet. */
export type OpenForge = (settings: ForgeSettings, clock: Clock) => Forge;

/** Loads the client of one kind of host, and of no other: they are large, and most commands need none. */
export async function forgeClient(kind: ForgeSettings["kind"]): Promise<OpenForge> {
  switch (kind) {
    case "github": {
      const { GitHub } = await import("./github/github.ts");
      return (settings, clock) => new GitHub(settings, clock);
    }
    case "gitlab":
      return (await import("./gitlab/open.ts")).openGitlab;
  }
}
