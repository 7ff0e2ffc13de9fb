import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openEngine } from "../../src/adapters/engine/index.ts";
import { thisMachine } from "../../src/base/process/index.ts";
import { Secret } from "../../src/base/secret/index.ts";

/** Starts an engine with both satellites, prints their process ids, and waits to be killed. */
const [root = "", backend = "", directory = "", pulumi = "", passphrase = ""] = process.argv.slice(2);
const sdk = fileURLToPath(new URL("../../node_modules", import.meta.url));
const engine = await openEngine({
  machine: thisMachine(),
  pulumi: pulumi === "" ? undefined : pulumi,
  work: join(root, "victim"),
  sandbox: { store: join(root, "cloud"), sdk },
  programHost: "trueup",
  cache: join(root, "cache"),
});
await engine.preview(
  {
    stack: "victim",
    pulumiStack: "dev.victim",
    directory,
    repositoryRoot: directory,
    backend,
    passphrase: new Secret(passphrase),
    variables: {},
    policyPacks: [],
    knownSecrets: [],
  },
  { live: false, deadlineMs: 60_000 },
);

const children = readdirSync("/proc").filter((name) => {
  if (!/^\d+$/.test(name)) return false;
  try {
    const stat = readFileSync(`/proc/${name}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) === process.pid && readFileSync(`/proc/${name}/cmdline`, "utf8").includes("satellites");
  } catch {
    return false;
  }
});
process.stdout.write(`${JSON.stringify(children.map(Number))}\n`);
setInterval(() => undefined, 60_000);
