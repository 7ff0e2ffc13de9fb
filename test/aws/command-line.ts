import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runChild, thisMachine } from "../../src/base/process/index.ts";
import { anEngine } from "../engine/workshop.ts";
import { isFull, newHome, set, type Home } from "../journeys/estate.ts";
import { credentials, keysWith, makeBucket, objects } from "./bucket.ts";
import type { Moto } from "./moto.ts";

const bucket = "trueup-estate";
const joinToken = "join-4f1c9a";

const environment = `import { defineEnvironment, stack } from "trueup";
import type machines from "../../stacks/machines/index.ts";
import values from "./values.json" with { type: "json" };

export default defineEnvironment({
  cloud: "sandbox",
  backend: "s3://${bucket}?s3ForcePathStyle=true&region=us-east-1",
  stacks: {
    machines: stack<typeof machines>("stacks/machines", { layer: "machines", args: values.machines }),
  },
});
`;

interface Ended {
  readonly exit: number | undefined;
  readonly out: string;
  readonly err: string;
}

interface StatusPrinted {
  readonly data: { readonly stacks: readonly { readonly name: string; readonly result: string }[] };
}
const stackFiles = [".pulumi/stacks/small/dev.machines.json"];

/** An environment whose state is in a bucket, from the command line, as a person has it: the address and the credentials are in the environment. */
export function commandLineJourney(moto: () => Moto): void {
  describe("an environment whose backend is S3, from the command line", () => {
    let home: Home;
    let told = "";
    async function trueup(variables: Readonly<Record<string, string>>, ...args: string[]): Promise<Ended> {
      const { path, home: folder, variables: chosen } = thisMachine();
      const env = {
        PATH: path,
        HOME: folder,
        ...chosen(/^(XDG_CACHE_HOME|TMPDIR)$/),
        TRUEUP_ENGINE: (await anEngine()) ?? "",
        TRUEUP_ACTOR: "ann",
        ...variables,
      };
      const main = join(import.meta.dirname, "../../src/doors/cli/main.ts");
      const ended = await runChild([process.execPath, "--disable-warning=ExperimentalWarning", main, ...args], { cwd: home.clone, env, deadlineMs: 100_000 });
      told += ended.stdout + ended.stderr;
      return { exit: ended.exitCode, out: ended.stdout, err: ended.stderr };
    }
    const reach = (): Record<string, string> => ({ ...credentials, AWS_ENDPOINT_URL: moto().url });
    const stateOf = async (): Promise<Record<string, string>> =>
      Object.fromEntries(Object.entries(await objects(moto(), bucket)).filter(([key]) => stackFiles.includes(key)));

    beforeAll(async () => {
      home = await newHome({ "environments/dev/environment.ts": environment });
      await makeBucket(moto(), bucket);
    });
    afterAll(() => home?.remove());

    it("is previewed, applied, applied again with nothing to do, and stands as the ledger says", async () => {
      const preview = await trueup(reach(), "preview", "dev", "-o", "json");
      expect(preview).toMatchObject({ exit: 0 });
      expect(Object.keys(await stateOf())).toEqual([]);

      expect(await trueup(reach(), "apply", "dev")).toMatchObject({ exit: 0 });
      const applied = await stateOf();
      expect(Object.keys(applied).toSorted()).toEqual(stackFiles);
      expect(existsSync(join(home.clone, ".trueup/state"))).toBe(false);
      const [ledger, head] = [home.cloud.ledger().length, await home.git("ls-remote", "origin", "refs/heads/trueup/dev")];
      expect(ledger).toBeGreaterThan(0);

      expect(await trueup(reach(), "apply", "dev")).toMatchObject({ exit: 0 });
      expect(home.cloud.ledger()).toHaveLength(ledger);
      expect(await stateOf()).toEqual(applied);
      expect(await home.git("ls-remote", "origin", "refs/heads/trueup/dev")).toBe(head);

      const status = await trueup({}, "status", "dev", "-o", "json");
      expect(status).toMatchObject({ exit: 0 });
      expect((JSON.parse(status.out) as StatusPrinted).data.stacks.map(({ name, result }) => `${name} ${result}`)).toEqual(["machines good"]);
    });

    it.runIf(isFull)("finds what was changed by hand, and puts it right", async () => {
      home.cloud.set("main", "tags.owner", "mallory", { type: "Vpc" });
      expect(await trueup(reach(), "drift", "dev")).toMatchObject({ exit: 7, out: expect.stringContaining("mallory") as string });
      expect(await trueup(reach(), "drift", "dev", "--fix")).toMatchObject({ exit: 0 });
      expect(await trueup(reach(), "drift", "dev")).toMatchObject({ exit: 0 });
    });

    // The slice asks the engine so in backend.ts.
    it.runIf(isFull)("touches nothing when it has no credentials for the bucket", async () => {
      await home.land("wider", set("machines", { tier: "large" }));
      const before = { ledger: home.cloud.ledger().length, state: await stateOf() };
      const nobody = { AWS_ENDPOINT_URL: moto().url, AWS_EC2_METADATA_DISABLED: "true" };
      const { exit, err } = await trueup(nobody, "apply", "dev");
      expect([exit, ...err.trimEnd().split("\n").slice(-3)]).toEqual([
        1,
        expect.stringContaining("STATE_UNREACHABLE: "),
        expect.stringMatching(/^on /),
        expect.stringContaining(`s3://${bucket}`),
      ]);
      expect({ ledger: home.cloud.ledger().length, state: await stateOf() }).toEqual(before);
    });

    it("has told its secrets to nobody: not to the bucket, the ledger branch or the terminal", async () => {
      const found = await objects(moto(), bucket);
      // Control: the other argument of the same stack is in its state as it is.
      expect(keysWith(found, "small")).toContain(".pulumi/stacks/small/dev.machines.json");
      expect(keysWith(found, joinToken)).toEqual([]);
      await home.git("fetch", "--quiet", "origin", "refs/heads/trueup/dev");
      const ledger = await home.git("log", "-p", "--format=%B", "FETCH_HEAD");
      expect(ledger).toContain(`"s3://${bucket}"`);
      for (const [name, text] of Object.entries({ ledger, told })) {
        const said = [joinToken, credentials.AWS_SECRET_ACCESS_KEY, credentials.AWS_ACCESS_KEY_ID].filter((word) => text.includes(word));
        // The token is an argument in git, so the ledger's copy of the declaration has it too; what is secret is the output made of it.
        expect({ name, said }).toEqual({ name, said: name === "ledger" ? [joinToken] : [] });
      }
    });
  });
}
