import { resolveOrganisation, type OrganisationFile } from "../domain/environments/index.ts";

/** What holds for all environments: the default export of trueup.config.ts. Checked at once, as `defineEnvironment` does. */
export function defineOrganisation(declaration: OrganisationFile): OrganisationFile {
  resolveOrganisation(declaration);
  return Object.freeze({ ...declaration });
}
