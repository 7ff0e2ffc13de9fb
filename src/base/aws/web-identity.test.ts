import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { keysOf } from "./web-identity.ts";

let server: Server;
let endpoint: string;
let asked: Record<string, string>[] = [];
let answers: readonly (readonly [number, string])[] = [];
const folder = mkdtempSync(join(tmpdir(), "trueup-web-identity-"));
const file = join(folder, "token");

const given = (id: string): readonly [number, string] => [
  200,
  `<R><Credentials><AccessKeyId>${id}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>made</SessionToken></Credentials></R>`,
];

beforeAll(async () => {
  server = createServer((request, answer) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      asked.push(Object.fromEntries(new URLSearchParams(text)));
      const [status, body] = answers[Math.min(asked.length, answers.length) - 1] ?? [500, ""];
      answer.writeHead(status).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  asked = [];
  writeFileSync(file, "signed.by.host\n");
});

const claim = (role: string): Record<string, string> => ({ AWS_ROLE_ARN: role, AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ENDPOINT_URL_STS: endpoint });

it("sends the statement of the file for the role, signed by nothing, and keeps what it is given", async () => {
  answers = [given("ASIA1")];
  const both = await Promise.all([
    keysOf({ ...claim("role/kept"), AWS_ROLE_SESSION_NAME: "trueup-7" }),
    keysOf({ ...claim("role/kept"), AWS_ROLE_SESSION_NAME: "trueup-7" }),
  ]);
  const made = { id: "ASIA1", secret: "secret", session: "made" };
  expect(both).toEqual([made, made]);
  expect(asked).toEqual([
    {
      Action: "AssumeRoleWithWebIdentity",
      Version: "2011-06-15",
      RoleArn: "role/kept",
      RoleSessionName: "trueup-7",
      WebIdentityToken: "signed.by.host",
      DurationSeconds: "900",
    },
  ]);
});

it("gives another role's keys to nobody", async () => {
  answers = [given("ASIA2"), given("ASIA3")];
  expect([(await keysOf(claim("role/two")))?.id, (await keysOf(claim("role/three")))?.id]).toEqual(["ASIA2", "ASIA3"]);
});

it("asks again after a refusal, an answer that says nothing, or a file that is not there", async () => {
  answers = [[403, "<Code>ExpiredTokenException</Code>"], [200, "<html>please log in</html>"], given("ASIA4")];
  rmSync(file);
  expect([await keysOf(claim("role/late")), asked.length]).toEqual([undefined, 0]);
  writeFileSync(file, "signed.by.host\n");
  expect([await keysOf(claim("role/late")), await keysOf(claim("role/late")), (await keysOf(claim("role/late")))?.id]).toEqual([undefined, undefined, "ASIA4"]);
});

it("asks nobody where keys are given as such, or a profile goes first", async () => {
  const keys = { AWS_ACCESS_KEY_ID: "AKIA", AWS_SECRET_ACCESS_KEY: "secret" };
  expect([await keysOf({ ...claim("role/none"), ...keys }), await keysOf({ ...claim("role/none"), AWS_PROFILE: "admin" }), asked]).toEqual([
    { id: "AKIA", secret: "secret" },
    undefined,
    [],
  ]);
});
