import { createServer, type Server } from "node:http";
import { readFileSync, readdirSync } from "node:fs";
import { inspect } from "node:util";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { asProblem } from "../../base/problem/index.ts";
import { Secret } from "../../base/secret/index.ts";
import { testRemote, type TestRemote } from "./test-remote.ts";

const password = "hunter2-s3cr3t-t0ken";
let remote: TestRemote;
let host: Server;
let elsewhere: Server;
let seen: string[];
let elsewhereSeen: string[];
let argumentsSeen: string;
let redirect: boolean;

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

function everyCommandLine(): string {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8");
      } catch {
        return "";
      }
    })
    .join("\n");
}

beforeEach(async () => {
  remote = testRemote();
  [seen, elsewhereSeen, argumentsSeen, redirect] = [[], [], "", false];
  const ask = (list: string[]): Server =>
    createServer((request, response) => {
      list.push(request.headers.authorization ?? "");
      argumentsSeen += everyCommandLine();
      if (list === seen && redirect) response.writeHead(302, { location: `http://127.0.0.1:${portOf(elsewhere)}${request.url ?? ""}` }).end();
      else if (request.headers.authorization === undefined) response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end();
      else response.writeHead(403).end("no");
    });
  host = ask(seen);
  elsewhere = ask(elsewhereSeen);
  for (const server of [host, elsewhere]) await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  for (const server of [host, elsewhere]) server.close();
  await remote.remove();
});

const expected = `Basic ${Buffer.from(`ann:${password}`).toString("base64")}`;

test.each([
  ["in the URL", true],
  ["given apart", false],
])("a password %s reaches its host, and no argument, message or file", async (_, inUrl) => {
  const url = `http://${inUrl ? `ann:${password}@` : ""}127.0.0.1:${portOf(host)}/x.git`;
  const repository = await remote.open("m", { remote: url, ...(inUrl ? {} : { credentials: { username: "ann", password: new Secret(password) } }) });
  const failed = await repository.fetch().then(
    () => undefined,
    (thrown: unknown) => asProblem(thrown, "test"),
  );
  expect(failed?.code).toBe("REMOTE_UNREACHABLE");
  expect(seen).toContain(expected);
  expect(argumentsSeen).toContain("remote-http");
  for (const text of [argumentsSeen, inspect(failed, { depth: 9 }), failed?.detail ?? "", inspect(repository, { depth: 9, showHidden: true })])
    expect(text).not.toContain(password);
  for (const file of readdirSync(`${remote.folder}/m`, { recursive: true, withFileTypes: true })) {
    expect(file.isFile() ? readFileSync(`${file.parentPath}/${file.name}`, "utf8") : "").not.toContain(password);
  }
});

test("a host that sends git elsewhere does not get the password sent there", async () => {
  redirect = true;
  const repository = await remote.open("m", { remote: `http://ann:${password}@127.0.0.1:${portOf(host)}/x.git` });
  await expect(repository.fetch()).rejects.toMatchObject({ code: "REMOTE_UNREACHABLE" });
  expect(elsewhereSeen.length).toBeGreaterThan(0);
  expect(elsewhereSeen).not.toContain(expected);
});
