// Gets the Pulumi engine onto this machine: PATH, the official installer, or a build from its published Go modules.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** The version that the tests ran with; the floor is what the adapter can drive. */
const version = "v3.259.0";
const floorMinor = 250;
const buildTags = "osusergo,grpcnotrace";

function isUsable(file) {
  const shown = spawnSync(file, ["version"], {
    encoding: "utf8",
    timeout: 20_000,
    env: { PATH: process.env.PATH ?? "", HOME: homedir(), PULUMI_SKIP_UPDATE_CHECK: "true" },
  });
  const match = /^v3\.(\d+)\./.exec(shown.stdout?.trim() ?? "");
  return match !== null && Number(match[1]) >= floorMinor;
}

function onPath() {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.map((folder) => join(folder, "pulumi")).find((file) => existsSync(file) && isUsable(file));
}

function cacheDirectory() {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "trueup", "engine");
}

/** Where this clone's engine is kept: keyed by version and by the exact modules it is built from. */
function engineHome(root) {
  const key = createHash("sha256")
    .update(readFileSync(join(root, "tools/go.mod")))
    .update(readFileSync(join(root, "tools/go.sum")))
    .digest("hex")
    .slice(0, 12);
  return join(cacheDirectory(), `${version}-${key}`);
}

async function isReachable(url) {
  try {
    const answer = await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(4_000) });
    return answer.ok;
  } catch {
    return false;
  }
}

/** Brings the archive to a file. Throws when the host refuses or breaks off: half an archive must not be unpacked. */
async function bring(url, file) {
  const answer = await fetch(url, { signal: AbortSignal.timeout(300_000) });
  if (!answer.ok) throw new Error(`the host answered ${answer.status}`);
  writeFileSync(file, Buffer.from(await answer.arrayBuffer()));
}

/** The official build; undefined when its host is out of reach or what it gave is no engine. Leaves nothing half done in the cache. */
async function download(home, releases) {
  const platform = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch === "x64" ? "x64" : process.arch}`;
  const url = `${releases}/pulumi-${version}-${platform}.tar.gz`;
  if (!(await isReachable(url))) return undefined;
  console.error(`setup 3/3  downloading the Pulumi engine ${version} from ${new URL(url).host}`);
  mkdirSync(cacheDirectory(), { recursive: true });
  const scratch = mkdtempSync(`${home}.`);
  try {
    await bring(url, join(scratch, "engine.tar.gz"));
    const unpacked = spawnSync("tar", ["-xzf", "engine.tar.gz", "--strip-components=1"], { cwd: scratch, stdio: "inherit" });
    rmSync(join(scratch, "engine.tar.gz"));
    if (unpacked.status === 0 && isUsable(join(scratch, "pulumi"))) return keep(scratch, home);
    console.error("           what was downloaded is no engine that runs here");
  } catch (error) {
    console.error(`           the download failed: ${error.cause?.message ?? error.message}`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return undefined;
}

/** Moves a finished folder into place; when another clone was quicker, its result is used. */
function keep(scratch, home) {
  try {
    renameSync(scratch, home);
  } catch {
    rmSync(scratch, { recursive: true, force: true });
  }
  return join(home, "pulumi");
}

function goVersion() {
  const shown = spawnSync("go", ["version"], { encoding: "utf8" });
  return /go(\d+\.\d+(\.\d+)?)/.exec(shown.stdout ?? "")?.[1];
}

async function build(root, home) {
  const go = goVersion();
  if (go === undefined) return undefined;
  console.error(`setup 3/3  building the Pulumi engine ${version} from its Go modules with go ${go} (about 4 minutes, once for all clones)`);
  mkdirSync(cacheDirectory(), { recursive: true });
  const scratch = mkdtempSync(`${home}.`);
  const flags = [
    "build",
    "-v",
    "-trimpath",
    "-mod=readonly",
    "-tags",
    buildTags,
    "-ldflags",
    `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${version}`,
  ];
  const started = Date.now();
  const child = spawn("go", [...flags, "-o", join(scratch, "pulumi"), "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"], {
    cwd: join(root, "tools"),
    env: { ...process.env, CGO_ENABLED: "0" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let last = "";
  child.stderr.on("data", (chunk) => (last = chunk.toString().trim().split("\n").at(-1) ?? last));
  const tick = setInterval(() => console.error(`           ${Math.round((Date.now() - started) / 1000)} s  ${last.slice(0, 100)}`), 20_000);
  const code = await new Promise((resolve) => child.on("close", resolve));
  clearInterval(tick);
  if (code !== 0) {
    rmSync(scratch, { recursive: true, force: true });
    console.error(`go build of the engine failed (exit ${code}): ${last}`);
    return undefined;
  }
  console.error(`           done in ${Math.round((Date.now() - started) / 1000)} s`);
  return keep(scratch, home);
}

/** The path of a usable pulumi CLI; exits with three lines when there is no way to one. `releases`: where the official builds are. */
export async function installEngine(root, releases = "https://get.pulumi.com/releases/sdk") {
  const home = engineHome(root);
  const kept = join(home, "pulumi");
  const found = onPath() ?? (existsSync(kept) ? kept : undefined) ?? (await download(home, releases)) ?? (await build(root, home));
  if (found !== undefined) return found;
  console.error("ENGINE_MISSING: the Pulumi engine could not be found, downloaded or built");
  console.error("on this machine");
  console.error(`Install Pulumi 3.${floorMinor} or newer (https://www.pulumi.com/docs/install), or Go 1.26 so that it can be built here, and run again.`);
  process.exit(2);
}
