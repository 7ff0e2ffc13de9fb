import { Problem } from "../../../base/problem/index.ts";
import type { GitHubCall } from "./client.ts";
import { account, app, viewer, type IssueComment } from "./schema.ts";

/** Login that what we write carries: "ann", "trueup-acme[bot]". */
export type Us = string;

/** The token of an Actions job when it cannot even be asked by GraphQL. */
const actions = "github-actions[bot]";

const asBot = (slug: string): string => (slug.endsWith("[bot]") ? slug : `${slug}[bot]`);

/**
 * Who we are to GitHub. A person's token may ask /user, an App knows its own name; an installation's token (that of an Actions job too) may do
 * neither and is refused at /user, but GraphQL tells it.
 */
export async function whoWeAre(call: GitHubCall): Promise<Us> {
  if (call.client.credentials.appHeader() !== undefined) return asBot((await call.read("GET /app", app, { asApp: true })).slug);
  const person = await call.ifAllowed(call.read("GET /user", account));
  return person?.login ?? asBot((await viewerLogin(call)) ?? actions);
}

async function viewerLogin(call: GitHubCall): Promise<string | undefined> {
  try {
    const parsed = viewer.safeParse((await call.graph("query { viewer { login } }", {})).data);
    return parsed.success ? parsed.data.viewer.login : undefined;
  } catch (thrown) {
    if (thrown instanceof Problem && (thrown.code === "FORGE_REFUSED" || thrown.code === "FORGE_MISSING")) return undefined;
    throw thrown;
  }
}

const same = (a: string | undefined, b: string): boolean => a?.toLowerCase() === b.toLowerCase();

/** Whether a login, or the App on whose behalf a bot's login acts, is us. */
export function isUs(us: Us, login: string | undefined): boolean {
  return same(login, us);
}

export function wroteIt(us: Us, { user, performed_via_github_app: via }: IssueComment): boolean {
  return isUs(us, user?.login) || (us.endsWith("[bot]") && via?.slug !== undefined && user?.type === "Bot" && same(asBot(via.slug), us));
}
