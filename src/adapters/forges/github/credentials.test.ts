import { generateKeyPairSync } from "node:crypto";
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { Secret } from "../../../base/secret/index.ts";
import type { ForgeCredentials } from "../forge.ts";
import { at, failing, notAllowed, open, repo, token, type Routes } from "./test-github.ts";

const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const app: ForgeCredentials = { app: { id: "7", privateKey: new Secret(key) } };

function appRoutes(valid: () => boolean): { routes: Routes; minted: () => number } {
  let minted = 0;
  const routes: Routes = {
    [`GET ${repo}/installation`]: { body: { id: 55 } },
    "GET /app": { body: { slug: "trueup-acme" } },
    "POST /app/installations/55/access_tokens": () => ({
      status: 201,
      body: { token: `ghs_minted_number_${++minted}`, expires_at: new Date(Date.parse(at) + 3_600_000).toISOString() },
    }),
    [`GET ${repo}/pulls/1/reviews`]: ({ authorization }) =>
      valid() || authorization.endsWith("_2") ? { body: [] } : { status: 401, body: { message: `Bad credentials ${authorization}` } },
  };
  return { routes, minted: () => minted };
}

test("an App asks for one token, uses it for an hour, and asks for another in time", async () => {
  const { routes, minted } = appRoutes(() => true);
  const { forge, clock, host } = await open(routes, { credentials: app });
  await Promise.all([forge.approvals(1), forge.approvals(1)]);
  expect(minted()).toBe(1);
  clock.advance(58 * 60_000);
  await forge.approvals(1);
  expect(minted()).toBe(1);
  clock.advance(90_000);
  await forge.approvals(1);
  expect(minted()).toBe(2);
  expect(host.requests.at(-1)?.authorization).toBe("Bearer ghs_minted_number_2");
});

test("an App's token that was taken back is replaced once; one that never works is a refusal without it", async () => {
  let isValid = false;
  const { routes, minted } = appRoutes(() => isValid);
  const { forge } = await open(routes, { credentials: app });
  await expect(forge.approvals(1)).resolves.toEqual([]);
  expect(minted()).toBe(2);
  const dead = await open(
    { ...routes, [`GET ${repo}/pulls/1/reviews`]: ({ authorization }) => ({ status: 401, body: { message: authorization } }) },
    { credentials: app },
  );
  const problem = await failing(dead.forge.approvals(1));
  expect(problem.code).toBe("FORGE_REFUSED");
  expect(inspect(problem, { depth: 9, showHidden: true })).not.toContain("ghs_minted");
  expect(inspect(dead.forge, { depth: 9, showHidden: true })).not.toContain("ghs_minted");
  isValid = true;
});

test("a key that cannot sign is told as a wrong setting, without the key", async () => {
  const { forge } = await open({}, { credentials: { app: { id: "7", privateKey: new Secret("-----BEGIN NOTHING-----abcdefgh") } } });
  const problem = await failing(forge.approvals(1));
  expect(problem.code).toBe("CONFIG_INVALID");
  expect(inspect(problem, { depth: 9, showHidden: true })).not.toContain("abcdefgh");
});

const said = (id: number, login: string, more: Record<string, unknown> = {}) => ({
  id,
  html_url: `https://github.test/${id}`,
  body: "text",
  user: { login, type: login.endsWith("[bot]") ? "Bot" : "User" },
  created_at: at,
  updated_at: at,
  performed_via_github_app: null,
  ...more,
});

test.each<[string, Routes, ForgeCredentials, string]>([
  ["a person's token", { "GET /user": { body: { login: "Ann" } } }, { token: new Secret(token) }, "ann"],
  ["an Actions job", { "GET /user": notAllowed, "POST /graphql": notAllowed }, { token: new Secret(token) }, "github-actions[bot]"],
  [
    "an App's token made elsewhere",
    { "GET /user": notAllowed, "POST /graphql": { body: { data: { viewer: { login: "other[bot]" } } } } },
    { token: new Secret(token) },
    "other[bot]",
  ],
  ["an App", appRoutes(() => true).routes, app, "trueup-acme[bot]"],
])("ours for %s", async (...[, routes, credentials, us]) => {
  const all = ["ann", "github-actions[bot]", "other[bot]", "trueup-acme[bot]"].map((login, id) => said(id + 1, login));
  const { forge } = await open({ ...routes, [`GET ${repo}/issues/1/comments`]: { body: all } }, { credentials });
  const found = await forge.comments(1);
  expect(found.filter(({ ours }) => ours).map(({ author }) => author)).toEqual([us]);
  expect(found.map(({ bot }) => bot)).toEqual(us === "ann" ? [true, true, true, true] : [false, true, true, true]);
});

test("a token that is not valid is not taken for that of a job", async () => {
  const { forge } = await open({ "GET /user": { status: 401, body: { message: "Bad credentials" } } });
  expect(await failing(forge.comments(1))).toMatchObject({ code: "FORGE_REFUSED", todo: expect.stringContaining("not expired") });
});
