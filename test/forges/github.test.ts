import { forgeContract } from "./contract.ts";
import { openSubject } from "./subject.ts";

forgeContract("GitHub with a person's token", () => openSubject("github"));
forgeContract("GitHub as an App", () => openSubject("github", { credentials: "app" }));
