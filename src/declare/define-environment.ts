import { checkEnvironmentFile, type EnvironmentFile } from "../domain/environments/index.ts";

/** An environment. Checked at once: a wrong or unknown key throws a Problem that names its path and the nearest known key. */
export function defineEnvironment(declaration: EnvironmentFile): EnvironmentFile {
  checkEnvironmentFile(declaration);
  return Object.freeze({ ...declaration });
}
