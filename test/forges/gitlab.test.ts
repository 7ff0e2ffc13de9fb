import { forgeContract } from "./contract.ts";
import { openSubject } from "./subject.ts";

forgeContract("GitLab", () => openSubject("gitlab"));
