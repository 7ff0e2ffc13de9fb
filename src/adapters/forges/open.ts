import type { Clock } from "../../base/clock/index.ts";
import type { Forge, ForgeSettings } from "./forge.ts";
import { GitHub } from "./github/github.ts";
import { openGitlab } from "./gitlab/open.ts";

/** The host of one repository. Nothing is asked of it yet. */
export function openForge(settings: ForgeSettings, clock: Clock): Forge {
  switch (settings.kind) {
    case "github":
      return new GitHub(settings, clock);
    case "gitlab":
      return openGitlab(settings, clock);
  }
}
