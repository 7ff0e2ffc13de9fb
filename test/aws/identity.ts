import { mkdtempSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { assumeRole, awsAccount } from "../../src/adapters/identity/index.ts";
import { bucketOf, readObject, removeObject, type Bucket } from "../../src/adapters/engine/bucket.ts";
import { ask, backendOf, credentials, makeBucket, put } from "./bucket.ts";
import type { Moto } from "./moto.ts";

const ownAccount = "123456789012";
const otherAccount = "210987654321";

function element(xml: string, name: string): string {
  return new RegExp(`<${name}>([^<]+)</${name}>`).exec(xml)?.[1] ?? "";
}

/** Asks moto with AWS's query protocol. */
async function query(moto: Moto, service: "iam" | "sts", parameters: Readonly<Record<string, string>>): Promise<string> {
  const Version = service === "iam" ? "2010-05-08" : "2011-06-15";
  return ask(moto, "/", { service, method: "POST", body: new URLSearchParams({ ...parameters, Version }) });
}

/** From now on moto checks who signed and how, or no more. */
const checkSignatures = (moto: Moto, on: boolean): Promise<string> => ask(moto, "/moto-api/reset-auth", { method: "POST", body: on ? "0" : "inf" });

/** What an STS must answer for the identity check, held against moto with its own check of signatures switched on. */
export function identityContract(moto: () => Moto): void {
  describe("the identity check", () => {
    const variables = (): Record<string, string> => ({ ...user, AWS_ENDPOINT_URL: moto().url });
    let user = { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" };
    let role = { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "", AWS_SESSION_TOKEN: "" };

    const folder = mkdtempSync(join(tmpdir(), "trueup-claims-"));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    beforeAll(async () => {
      await query(moto(), "iam", { Action: "CreateUser", UserName: "runner" });
      const everything = JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] });
      await query(moto(), "iam", { Action: "PutUserPolicy", UserName: "runner", PolicyName: "all", PolicyDocument: everything });
      const key = await query(moto(), "iam", { Action: "CreateAccessKey", UserName: "runner" });
      user = { AWS_ACCESS_KEY_ID: element(key, "AccessKeyId"), AWS_SECRET_ACCESS_KEY: element(key, "SecretAccessKey") };
      const assumed = await query(moto(), "sts", { Action: "AssumeRole", RoleArn: `arn:aws:iam::${otherAccount}:role/deploy`, RoleSessionName: "run-7" });
      role = {
        AWS_ACCESS_KEY_ID: element(assumed, "AccessKeyId"),
        AWS_SECRET_ACCESS_KEY: element(assumed, "SecretAccessKey"),
        AWS_SESSION_TOKEN: element(assumed, "SessionToken"),
      };
      await checkSignatures(moto(), true);
    });
    afterAll(() => checkSignatures(moto(), false));

    it("knows the account and the user of a key, by a signature that STS accepts", async () => {
      expect(await awsAccount(variables())).toEqual({ kind: "known", account: ownAccount, arn: `arn:aws:iam::${ownAccount}:user/runner` });
    });

    it("is refused when the secret does not belong to the key, and does not say what was sent", async () => {
      const wrong = credentials.AWS_SECRET_ACCESS_KEY;
      const identity = await awsAccount({ ...variables(), AWS_SECRET_ACCESS_KEY: wrong });
      expect(identity).toEqual({ kind: "unknown", cause: "refused", why: "STS says SignatureDoesNotMatch" });
      expect(await awsAccount({ ...variables(), AWS_ACCESS_KEY_ID: "AKIANOBODY0000000000" })).toEqual({
        kind: "unknown",
        cause: "refused",
        why: "STS says InvalidClientTokenId",
      });
    });

    it("takes on a role with its own credentials alone, and the holder of those is the role's session", async () => {
      const deploy = `arn:aws:iam::${otherAccount}:role/deploy`;
      const others = {
        AWS_PROFILE: "admin",
        AWS_SHARED_CREDENTIALS_FILE: "/home/ann/.aws/credentials",
        KUBECONFIG: "/home/ann/.kube/config",
        ARM_CLIENT_SECRET: "s3cret",
      };
      const given = { ...variables(), ...others, AWS_DEFAULT_REGION: "eu-central-1", HTTPS_PROXY: "http://proxy:3128" };
      const assumed = await assumeRole(given, { role: deploy, session: "trueup preview #7", on: "environment prod" });
      const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token, ...rest } = assumed;
      expect(rest).toEqual({
        AWS_ENDPOINT_URL: moto().url,
        AWS_DEFAULT_REGION: "eu-central-1",
        AWS_REGION: "eu-central-1",
        AWS_EC2_METADATA_DISABLED: "true",
        HTTPS_PROXY: "http://proxy:3128",
      });
      expect([id === user.AWS_ACCESS_KEY_ID, secret === user.AWS_SECRET_ACCESS_KEY, token === undefined]).toEqual([false, false, false]);
      await checkSignatures(moto(), false);
      expect(await awsAccount(assumed)).toEqual({
        kind: "known",
        account: otherAccount,
        arn: `arn:aws:sts::${otherAccount}:assumed-role/deploy/trueup-preview--7`,
      });
      await checkSignatures(moto(), true);
    });

    it("does not take on a role with a key that STS does not know, and tells nothing of the key", async () => {
      const wrong = { ...variables(), AWS_SECRET_ACCESS_KEY: credentials.AWS_SECRET_ACCESS_KEY };
      const question = { role: `arn:aws:iam::${otherAccount}:role/deploy`, session: "s", on: "environment prod" };
      const refusal = await assumeRole(wrong, question).catch((error: unknown) => error);
      expect(refusal).toMatchObject({ code: "IDENTITY_REFUSED", what: `the role ${question.role} could not be assumed: STS says SignatureDoesNotMatch` });
      expect(JSON.stringify(refusal)).not.toContain(user.AWS_ACCESS_KEY_ID);
      await expect(assumeRole({}, question)).rejects.toThrow(/are not both set/);
    });

    // moto checks questions with a slash in them wrong; those AWS's own examples are for (src/base/aws).
    it("reads and removes in a bucket with signatures that S3 accepts, and not with another's secret", async () => {
      await checkSignatures(moto(), false);
      await makeBucket(moto(), "signed");
      await put(moto(), "signed/deep/x/one.json", "one");
      await checkSignatures(moto(), true);
      const bucketWith = async (more: Readonly<Record<string, string>>): Promise<Bucket> => {
        const found = await bucketOf(backendOf(moto(), "signed").replace("signed?", "signed/deep?"), { ...variables(), ...more });
        if (found === undefined) throw new Error("it is not taken for a bucket");
        return found;
      };
      const another = await bucketWith({ AWS_SECRET_ACCESS_KEY: credentials.AWS_SECRET_ACCESS_KEY });
      expect([await readObject(another, "x/one.json"), await removeObject(another, "x/one.json")]).toEqual([undefined, false]);
      const bucket = await bucketWith({});
      expect([await readObject(bucket, "x/one.json"), await removeObject(bucket, "x/one.json"), await readObject(bucket, "x/one.json")]).toEqual([
        "one",
        true,
        undefined,
      ]);
    });

    it("takes on a role by a web identity, as CI hosts and clusters give one: knows its account, and reads and removes in a bucket as it", async () => {
      await checkSignatures(moto(), false);
      await makeBucket(moto(), "claimed");
      await put(moto(), "claimed/one.json", "one");
      const file = join(folder, "id-token");
      await writeFile(file, "header.claims.signature\n");
      const claim = { AWS_ROLE_ARN: `arn:aws:iam::${otherAccount}:role/deploy`, AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_SESSION_NAME: "trueup-4711" };
      const held = { ...claim, AWS_ENDPOINT_URL: moto().url };
      expect(await awsAccount(held)).toEqual({ kind: "known", account: otherAccount, arn: `arn:aws:sts::${otherAccount}:assumed-role/deploy/trueup-4711` });
      const bucket = await bucketOf(backendOf(moto(), "claimed"), held);
      if (bucket === undefined) throw new Error("it is not taken for a bucket");
      expect([await readObject(bucket, "one.json"), await removeObject(bucket, "one.json"), await readObject(bucket, "one.json")]).toEqual([
        "one",
        true,
        undefined,
      ]);
      // A role of its own is taken on with what the web identity gave, and what gave it is not passed on.
      const assumed = await assumeRole(held, { role: `arn:aws:iam::${ownAccount}:role/preview`, session: "s", on: "environment prod" });
      expect([await awsAccount(assumed), Object.keys(assumed).filter((name) => name in claim)]).toEqual([expect.objectContaining({ account: ownAccount }), []]);
      // Keys in variables go first, and a profile is left to the engine.
      expect([
        await bucketOf(backendOf(moto(), "claimed"), { ...held, AWS_PROFILE: "admin" }),
        (await bucketOf(backendOf(moto(), "claimed"), { ...held, ...credentials }))?.keys.id,
      ]).toEqual([undefined, credentials.AWS_ACCESS_KEY_ID]);
    });

    it("sees another account behind the temporary keys of a role there", async () => {
      await checkSignatures(moto(), false);
      const identity = await awsAccount({ ...role, AWS_ENDPOINT_URL_STS: moto().url, AWS_ENDPOINT_URL: "http://127.0.0.1:1" });
      expect(identity).toEqual({ kind: "known", account: otherAccount, arn: `arn:aws:sts::${otherAccount}:assumed-role/deploy/run-7` });
    });

    it("says that it does not know, instead of guessing", async () => {
      expect(await awsAccount({ AWS_ENDPOINT_URL: moto().url })).toMatchObject({ kind: "unknown", cause: "no-credentials" });
      expect(await awsAccount(variables(), { endpoint: "http://127.0.0.1:1" })).toEqual({
        kind: "unknown",
        cause: "unreachable",
        why: "STS at 127.0.0.1:1 cannot be reached",
      });
      expect(await awsAccount(variables(), { signal: AbortSignal.abort() })).toMatchObject({ kind: "unknown", cause: "unreachable" });
      const portal = createServer((_, answer) => answer.end("<html>please log in</html>"));
      await new Promise<void>((resolve) => portal.listen(0, "127.0.0.1", resolve));
      const endpoint = `http://127.0.0.1:${(portal.address() as AddressInfo).port}`;
      expect(await awsAccount(variables(), { endpoint })).toEqual({ kind: "unknown", cause: "refused", why: "STS says 200" });
      portal.close();
    });
  });
}
