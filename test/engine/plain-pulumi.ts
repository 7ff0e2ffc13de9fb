import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { thisMachine } from "../../src/base/process/index.ts";
import { passphrase, type Workshop } from "./workshop.ts";

/** What `pulumi preview --json` says of one step, read by this file alone: it shares no parser with the adapter. */
export interface PlainStep {
  readonly op: string;
  readonly urn: string;
  readonly newState?: { readonly inputs?: Record<string, unknown> };
  readonly detailedDiff?: Record<string, { readonly kind: string }> | null;
}

export interface PlainPreview {
  readonly steps: readonly PlainStep[];
  readonly changeSummary: Readonly<Record<string, number>>;
}

interface Served {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

async function serve(name: string, args: readonly string[]): Promise<Served> {
  const main = fileURLToPath(new URL(`../../src/satellites/${name}/main.ts`, import.meta.url));
  const child = spawn(process.execPath, [main, "serve", ...args], { stdio: ["pipe", "pipe", "ignore"] });
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  const { port } = JSON.parse(line) as { port: number };
  return {
    port,
    stop: async () => {
      const gone = once(child, "exit");
      child.stdin.end();
      await gone;
    },
  };
}

/** The CLI as a person would start it, with satellites of its own on the workshop's backend and cloud. */
export class PlainPulumi {
  readonly #shop: Workshop;
  readonly #cli: string;
  #served: readonly Served[] = [];

  constructor(shop: Workshop, cli: string) {
    this.#shop = shop;
    this.#cli = cli;
  }

  async start(): Promise<void> {
    const modules = fileURLToPath(new URL("../../node_modules", import.meta.url));
    await mkdir(join(this.#shop.root, "plain"));
    this.#served = await Promise.all([serve("program-host", []), serve("sandbox-cloud", ["--store", join(this.#shop.root, "cloud"), "--sdk", modules])]);
  }

  /** With `live` as a person asks for what trueup does by itself: what runs is read before it is compared. */
  async preview(stack: string, directory: string, live: "live" | "recorded" = "recorded"): Promise<PlainPreview> {
    const [host, cloud] = this.#served;
    const home = join(this.#shop.root, "plain");
    const env = {
      PATH: thisMachine().path,
      HOME: home,
      PULUMI_HOME: home,
      PULUMI_BACKEND_URL: this.#shop.backend,
      PULUMI_CONFIG_PASSPHRASE: passphrase,
      PULUMI_DEBUG_COMMANDS: "true",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_DEBUG_PROVIDERS: `aws:${cloud?.port}`,
    };
    const flags = ["--json", "--non-interactive", ...(live === "live" ? ["--refresh"] : [])];
    const child = spawn(this.#cli, ["preview", ...flags, "-s", stack, "--client", `127.0.0.1:${host?.port}`], {
      cwd: directory,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString("utf8")));
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString("utf8")));
    const [code] = (await once(child, "close")) as [number];
    if (code !== 0) throw new Error(`pulumi preview ended with ${code}: ${err}\n${out}`);
    return JSON.parse(out) as PlainPreview;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#served.map((one) => one.stop()));
  }
}
