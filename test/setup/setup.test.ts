import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FreshMachine, type Ended } from "./machine.ts";

let machine: FreshMachine;
const closers: (() => void)[] = [];
beforeEach(async () => {
  machine = await FreshMachine.make();
});
afterEach(async () => {
  for (const close of closers.splice(0)) close();
  await machine.remove();
});

/** A download host on this machine; its address. */
async function host(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A host that has the archive and, asked for it, gives as much of it as `until` says. */
function hostOf(archive: Buffer, until = archive.length): Promise<string> {
  return host((request, response) => {
    response.writeHead(200, { "content-length": archive.length });
    if (request.method === "HEAD") response.end();
    else if (until === archive.length) response.end(archive);
    else response.write(archive.subarray(0, until), () => response.destroy());
  });
}

/** Nobody listens there any more. */
async function closedHost(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

const engineFrom = (releases: string): Promise<Ended> => machine.use("engine.mjs", `await installEngine(root, ${JSON.stringify(releases)})`);

/** A go that builds an "engine" at once, where it is told to. */
const installGo = (): Promise<string> =>
  machine.install(
    "go",
    'if [ "$1" = version ]; then echo "go version go1.26.1 linux/amd64"; exit; fi',
    'while [ "$1" != -o ]; do shift; done',
    'printf "#!/bin/sh\\necho v3.259.0\\n" > "$2"',
    'chmod +x "$2"',
  );
const kept = (name: string): RegExp => new RegExp(`/cache/trueup/engine/v3\\.259\\.0-[0-9a-f]{12}/${name}$`);
const finished = [expect.stringMatching(/^v3\.259\.0-[0-9a-f]{12}$/)];

describe("which engine a machine gets", () => {
  it("the one on PATH, when it is new enough", async () => {
    const file = await machine.install("pulumi", "echo v3.250.0");
    expect(await engineFrom(await closedHost())).toEqual({ exit: 0, out: file, err: "" });
    expect(await machine.cached()).toEqual([]);
  });

  it.each(["v3.249.9", "v2.300.0", "pulumi", ""])("not the one on PATH that says %j: then the official build, kept for the next run", async (said) => {
    await machine.install("pulumi", `echo "${said}"`);
    const first = await engineFrom(await hostOf(await machine.archive("v3.259.0")));
    expect(first.out).toMatch(kept("pulumi"));
    expect(first.err).toMatch(/^setup 3\/3 {2}downloading the Pulumi engine v3\.259\.0 from 127\.0\.0\.1:\d+$/);
    expect(await machine.cached()).toEqual(finished);
    expect(await engineFrom(await closedHost())).toEqual({ exit: 0, out: first.out, err: "" });
  });

  it("a download that breaks in the middle leaves nothing, and the engine is built", async () => {
    await installGo();
    const archive = await machine.archive("v3.259.0");
    const ended = await engineFrom(await hostOf(archive, Math.floor(archive.length / 2)));
    expect(ended).toMatchObject({ exit: 0, out: expect.stringMatching(kept("pulumi")) });
    expect(ended.err).toContain("the download failed: ");
    expect(ended.err).toContain("building the Pulumi engine v3.259.0 from its Go modules with go 1.26.1");
    expect(ended.err).not.toMatch(/^ +at /m);
    expect(await machine.cached()).toEqual(finished);
  });

  it.each([
    [
      "refuses the file that it said it had",
      (): Promise<string> => host((request, response) => response.writeHead(request.method === "HEAD" ? 200 : 503).end()),
      "answered 503",
    ],
    ["gives a page instead of an archive", (): Promise<string> => hostOf(Buffer.from("<html>")), "is no engine"],
    ["gives an engine that is too old", async (): Promise<string> => hostOf(await machine.archive("v3.100.0")), "is no engine"],
  ])("a host that %s: the engine is built", async (_, made, says) => {
    await installGo();
    const ended = await engineFrom(await made());
    expect(ended).toMatchObject({ exit: 0, out: expect.stringMatching(kept("pulumi")) });
    expect(ended.err).toContain(says);
    expect(await machine.cached()).toEqual(finished);
  });

  it("without PATH, host and go: three lines that say what to install", async () => {
    const { exit, out, err } = await engineFrom(await closedHost());
    expect({ exit, out }).toEqual({ exit: 2, out: "" });
    expect(err.split("\n")).toEqual([
      "ENGINE_MISSING: the Pulumi engine could not be found, downloaded or built",
      "on this machine",
      expect.stringMatching(/^Install Pulumi 3\.250 or newer \(https:.*\), or Go 1\.26 /),
    ]);
    expect(await machine.cached()).toEqual([]);
  });

  it("a build that fails says so, leaves nothing, and ends in the same three lines", async () => {
    await machine.install("go", 'if [ "$1" = version ]; then echo "go version go1.20 linux/amd64"; exit; fi', "echo needs a newer go >&2", "exit 1");
    const { exit, err } = await engineFrom(await closedHost());
    expect(exit).toBe(2);
    expect(err).toContain("go build of the engine failed (exit 1): needs a newer go");
    expect(err).toContain("ENGINE_MISSING");
    expect(await machine.cached()).toEqual([]);
  });
});

describe("which Node a machine gets", () => {
  const old = `Object.defineProperty(process, "version", { value: "v18.20.4" }) && `;
  it("its own when it knows TypeScript", async () => {
    expect((await machine.use("node.mjs", "lookForNode(root)")).out).toBe(process.execPath);
    const asked = await machine.use("node.mjs", `["v22.17.9", "v22.18.0", "v23.0.0", "v24.1.0", "v8.99.0"].map(isNewEnough).join()`);
    expect(asked.out).toBe("false,true,true,true,false");
  });
  it("else the one that npm brought", async () => {
    const inside = `node_modules/node-${process.platform}-${process.arch}/bin/node`;
    await machine.write(inside, "");
    expect((await machine.use("node.mjs", `${old}findNode(root)`)).out).toBe(join(machine.root, inside));
  });
  it("else three lines that say what to install", async () => {
    const { exit, err } = await machine.use("node.mjs", `${old}findNode(root)`);
    expect(exit).toBe(2);
    expect(err.split("\n")).toEqual([
      expect.stringContaining("needs Node 22.18 or newer; this is v18.20.4"),
      "on this machine",
      expect.stringContaining("Install Node 24"),
    ]);
  });
});

describe("npm run", () => {
  const installNpm = (...lines: string[]): Promise<string> => machine.install("npm", `echo "npm $*" >> "$HOME/calls"`, "mkdir -p node_modules", ...lines);
  const calls = async (): Promise<string> => (await machine.use("node.mjs", `(await import("node:fs")).readFileSync(process.env.HOME + "/calls", "utf8")`)).out;

  it("brings dependencies once for each lockfile, then says where the engine is", async () => {
    await installNpm();
    const engine = await machine.install("pulumi", "echo v3.259.0");
    const first = await machine.npmRun("setup");
    expect(first).toMatchObject({ exit: 0, err: expect.stringMatching(/^setup 1\/3 .*\nready: engine /) });
    expect(await machine.npmRun("setup")).toMatchObject({ exit: 0, err: `ready: engine ${engine}` });
    expect((await calls()).split("\n")).toHaveLength(1);
    await machine.write("package-lock.json", '{"other":1}');
    expect((await machine.npmRun("setup")).err).toContain("setup 1/3");
    expect((await calls()).split("\n")).toEqual([expect.stringMatching(/^npm ci --ignore-scripts /), expect.stringMatching(/^npm ci --ignore-scripts /)]);
  });

  it("an npm that fails ends in three lines, and is tried again the next time", async () => {
    await installNpm("exit 7");
    for (const _ of [1, 2]) {
      const { exit, err } = await machine.npmRun("setup");
      expect(exit).toBe(2);
      expect(err.split("\n").slice(-3)).toEqual([
        "npm ci failed (exit 7)",
        `on ${join(machine.root, "package-lock.json")}`,
        expect.stringContaining("Make sure npm reaches its registry"),
      ]);
    }
    expect((await calls()).split("\n")).toHaveLength(2);
  });

  it("starts the task with the engine in its environment, and ends as it ends", async () => {
    await installNpm();
    const engine = await machine.install("pulumi", "echo v3.259.0");
    await machine.write("src/doors/cli/main.ts", "console.log(process.env.TRUEUP_ENGINE, process.argv.slice(2).join());\nprocess.exitCode = 5;\n");
    expect(await machine.npmRun("demo", "--fast")).toMatchObject({ exit: 5, out: `${engine} demo,--fast` });
  });

  it("a task that there is none of is refused with those there are", async () => {
    const { exit, err } = await machine.npmRun("tset");
    expect(exit).toBe(2);
    expect(err.split("\n")).toEqual(['no such task "tset"', "on scripts/run.mjs", expect.stringContaining("setup, demo, test, ")]);
  });
});
