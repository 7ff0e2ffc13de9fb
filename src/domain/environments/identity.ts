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

const usual: Identity = { preview: { as: "ambient", network: true, isolation: "preferred" }, apply: { as: "ambient" } };

/** Whoever names credentials says anew what they may reach: nothing reaches nothing. */
function networkOf({ as, network }: NonNullable<NonNullable<File>["preview"]>, above: boolean): boolean {
  return network ?? (as === undefined ? above : as !== "none");
}

function over(above: Identity, { preview = {}, apply = {} }: NonNullable<File>): Identity {
  const { as = above.preview.as, isolation = above.preview.isolation } = preview;
  return { preview: { as, network: networkOf(preview, above.preview.network), isolation }, apply: { as: apply.as ?? above.apply.as } };
}

/** An organisation's own, with every default filled in: what worked without it. */
export function identityOf(file: File): Identity {
  return over(usual, file ?? {});
}

/** An environment's own on top of its organisation's, key by key: where bubblewrap is demanded it stays demanded. */
export function identityBelow(above: Identity, below: File, step: Step): Identity {
  const own = over(above, below ?? {});
  const demanded = above.preview.isolation;
  if (demanded === "required" && own.preview.isolation !== demanded)
    loosened(step, "identity.preview.isolation", { above: demanded, below: own.preview.isolation });
  return own;
}
