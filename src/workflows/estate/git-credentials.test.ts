import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../base/clock/index.ts";
import { thisMachine, type Machine } from "../../base/process/index.ts";
import { openEstate } from "./estate.ts";

const folders: string[] = [];
const servers: Server[] = [];
afterEach(() => {
  servers.splice(0).forEach((server) => server.close());
  folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true, force: true }));
});

/** A host that wants a password for everything, and keeps what it was given. */
async function host(): Promise<{ readonly url: string; readonly given: string[] }> {
  const given: string[] = [];
  const server = createServer((asked, answer) => {
    const { authorization } = asked.headers;
    if (authorization !== undefined) given.push(Buffer.from(authorization.replace("Basic ", ""), "base64").toString());
    answer.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end();
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/acme/estate.git`, given };
}

async function fetchWith(url: string, token: string | undefined): Promise<string> {
  const clone = mkdtempSync(join(tmpdir(), "git-token-"));
  folders.push(clone);
  execFileSync("git", ["init", "--quiet", clone]);
  execFileSync("git", ["-C", clone, "remote", "add", "origin", url]);
  const here = thisMachine();
  const machine: Machine = { ...here, variable: (name) => (name === "TRUEUP_GIT_TOKEN" ? token : here.variable(name)) };
  const estate = await openEstate({ directory: clone, machine, clock: systemClock });
  await expect(estate.repository.fetch()).rejects.toMatchObject({ code: "REMOTE_UNREACHABLE" });
  await estate.close();
  return readFileSync(join(clone, ".git/config"), "utf8") + readFileSync(join(clone, ".trueup/mirror.git/config"), "utf8");
}

describe("the token that a CI job hands over for git", () => {
  it("signs in to the remote, and is in no file of the clone", async () => {
    const { url, given } = await host();
    const files = await fetchWith(url, "t0ken-4f2c");
    expect(new Set(given)).toEqual(new Set(["x-access-token:t0ken-4f2c"]));
    expect(files).not.toContain("t0ken-4f2c");
  });

  it.each([undefined, ""])("is not made up where there is none: %j", async (token) => {
    const { url, given } = await host();
    await fetchWith(url, token);
    expect(given).toEqual([]);
  });

  it("stands before what the remote's address says", async () => {
    const { url, given } = await host();
    await fetchWith(url.replace("://", "://old:stale@"), "t0ken-4f2c");
    expect(new Set(given)).toEqual(new Set(["x-access-token:t0ken-4f2c"]));
  });
});
