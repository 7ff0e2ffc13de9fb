import type { Forge } from "../../adapters/forges/index.ts";
import type { CommitFacts } from "../../adapters/git/index.ts";
import { isOurRevert, isRevertBranch } from "../../domain/write-back/index.ts";
import { forgeOf, ledgerOf, type Estate } from "../estate/index.ts";
import type { EnvironmentRecord } from "../ledger/index.ts";
import { pushRevert } from "./commit.ts";
import { messagesOf } from "./line.ts";
import { proposeRevert } from "./propose.ts";
import { remember, remembered, vetoesOf } from "./remember.ts";
import type { WriteBackRequest, Written } from "./request.ts";

async function cameInBy(forge: Forge, { sha }: CommitFacts): Promise<boolean> {
  const found = await forge.pullRequests({ commit: sha, state: "merged" });
  return found.some(({ fork, head }) => !fork && isRevertBranch(head.branch));
}

/** Whether trueup itself brought one of them to take something back: by what it wrote in it or, where a host squashed that away, by its branch. */
async function isOwnRevert(estate: Estate, forge: Forge | undefined, { commits }: WriteBackRequest): Promise<boolean> {
  for (const sha of commits) {
    const commit = await estate.repository.commit(sha).catch(() => undefined);
    if (commit === undefined) continue;
    if ((await messagesOf(estate, commit)).some(isOurRevert)) return true;
    if (forge !== undefined && (await cameInBy(forge, commit))) return true;
  }
  return false;
}

/** A pull request is wanted by whoever asks for it himself, whatever is to happen by itself. */
async function write(estate: Estate, request: WriteBackRequest, live: EnvironmentRecord | undefined): Promise<Written> {
  const mode = request.by === undefined ? request.rules.writeBack : "pr";
  if (mode === "none") return { kind: "none", why: "as writeBack says" };
  const forge = await forgeOf(estate);
  if (request.by === undefined && (await isOwnRevert(estate, forge, request))) return { kind: "none", why: "since it is a revert itself" };
  if (mode === "commit") return pushRevert(estate, request);
  return proposeRevert(estate, { request, forge, live });
}

/**
 * Takes out of an environment's branch what was rolled back, as the environment's `writeBack` says, so that git says again what is live; and writes down
 * that it did. Called again it changes nothing, finds what an earlier call left half done, and answers the same. A revert is never taken back by itself.
 *
 * Raises BRANCH_MISSING, PUSH_REFUSED, REMOTE_UNREACHABLE, REF_INVALID (a commit with nothing before it), FORGE_… other than FORGE_REFUSED, and what the
 * ledger raises: then it is not done, or not written down, and is to be called again.
 */
export async function writeBack(estate: Estate, request: WriteBackRequest): Promise<Written> {
  const { environment } = request;
  await estate.repository.fetch();
  const ledger = await ledgerOf(estate, environment);
  const live = (await ledger.read({ fetch: false }))?.environment;
  const vetoes = vetoesOf(live, request);
  const before = remembered(vetoes);
  if (before !== undefined) return before;
  const stacks = request.stacks ?? [...new Set(vetoes.flatMap(({ closureDigests }) => Object.keys(closureDigests)))];
  const written = await write(estate, { ...request, stacks }, live);
  await remember(ledger, { request, written, at: estate.clock.now() });
  return written;
}
