import type { z } from "zod";
import type { IdentityFile } from "./schema.ts";
import { loosened, type Step } from "./levels.ts";

/** `none`: nothing. `ambient`: what the process that runs trueup was given. `role`: an AWS role that its credentials may assume. */
export type Credentials = "none" | "ambient" | { readonly role: string };

/** With what the code of an environment runs. */
export interface Identity {
  /** Code of a pull request, before anybody agreed to it. `network`: whether it may reach anything but itself. */
  readonly preview: { readonly as: Credentials; readonly network: boolean; readonly isolation: "required" | "preferred" };
  /** Code that is on the environment's branch: applies, repairs, looks for drift. */
  readonly apply: { readonly as: Exclude<Credentials, "none"> };
}

type File = z.infer<typeof IdentityFile> | undefined;

/** What nobody is trusted with who cannot push a branch of the repository: code of a fork runs with this, whatever is declared. */
export function ofFork({ preview, apply }: Identity): Identity {
  return { preview: { ...preview, as: "none", network: false }, apply };
}

/** An organisation's own, with every default filled in: what worked without it. */
export function identityOf(file: File): Identity {
  const as = file?.preview?.as ?? "ambient";
  return {
    preview: { as, network: file?.preview?.network ?? as !== "none", isolation: file?.preview?.isolation ?? "preferred" },
    apply: { as: file?.apply?.as ?? "ambient" },
  };
}

/** An environment's own on top of its organisation's: where bubblewrap is demanded it stays demanded. */
export function identityBelow(above: Identity, below: File, step: Step): Identity {
  const { as = above.preview.as, isolation = above.preview.isolation } = below?.preview ?? {};
  if (above.preview.isolation === "required" && isolation !== "required")
    loosened(step, "identity.preview.isolation", { above: above.preview.isolation, below: isolation });
  // Whoever names other credentials says anew what they may reach.
  const network = below?.preview?.network ?? (below?.preview?.as === undefined ? above.preview.network : as !== "none");
  return { preview: { as, network, isolation }, apply: { as: below?.apply?.as ?? above.apply.as } };
}
