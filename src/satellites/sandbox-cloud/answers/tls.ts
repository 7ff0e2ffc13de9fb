import { createHash, generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { hex } from "../wire/digest.ts";
import { textAt, type JsonObject } from "../wire/json.ts";
import type { Result } from "./random.ts";

const generate = promisify(generateKeyPair);

function sshString(bytes: Buffer | string): Buffer {
  const body = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(body.length);
  return Buffer.concat([size, body]);
}

/** An SSH number: no leading zeros, but one where the first bit is set. */
function sshNumber(base64url: string): Buffer {
  const bytes = Buffer.from(base64url, "base64url");
  return sshString((bytes[0] ?? 0) >= 128 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

function sshPublic(key: KeyObject): { readonly name: string; readonly blob: Buffer } {
  const jwk = key.export({ format: "jwk" });
  if (jwk.kty === "RSA") return { name: "ssh-rsa", blob: Buffer.concat([sshString("ssh-rsa"), sshNumber(jwk.e ?? ""), sshNumber(jwk.n ?? "")]) };
  if (jwk.kty === "OKP") return { name: "ssh-ed25519", blob: Buffer.concat([sshString("ssh-ed25519"), sshString(Buffer.from(jwk.x ?? "", "base64url"))]) };
  const curve = `nistp${(jwk.crv ?? "P-256").slice(2)}`;
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(jwk.x ?? "", "base64url"), Buffer.from(jwk.y ?? "", "base64url")]);
  return { name: `ecdsa-sha2-${curve}`, blob: Buffer.concat([sshString(`ecdsa-sha2-${curve}`), sshString(curve), sshString(point)]) };
}

async function keyPair(inputs: JsonObject): Promise<{ readonly privateKey: KeyObject; readonly publicKey: KeyObject }> {
  const algorithm = textAt(inputs, "algorithm") ?? "RSA";
  if (algorithm === "ED25519") return await generate("ed25519");
  if (algorithm === "ECDSA")
    return await generate("ec", { namedCurve: (textAt(inputs, "ecdsaCurve") ?? "P224").replace(/^P(\d)/, "P-$1").replace("P-224", "secp224r1") });
  return await generate("rsa", { modulusLength: Number(inputs["rsaBits"] ?? 2048) });
}

async function privateKey(inputs: JsonObject): Promise<Result> {
  const pair = await keyPair(inputs);
  const rsa = pair.privateKey.asymmetricKeyType === "rsa";
  const ssh = sshPublic(pair.publicKey);
  const id = createHash("sha1")
    .update(pair.publicKey.export({ type: "spki", format: "der" }))
    .digest("hex");
  const pem = pair.privateKey.export({ type: rsa ? "pkcs1" : "pkcs8", format: "pem" }).toString();
  const md5 = createHash("md5").update(ssh.blob).digest("hex").match(/../g)?.join(":") ?? "";
  return {
    id,
    properties: {
      ecdsaCurve: inputs["ecdsaCurve"] ?? "P224",
      rsaBits: inputs["rsaBits"] ?? 2048,
      privateKeyPem: pem,
      privateKeyOpenssh: pem,
      privateKeyPemPkcs8: pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      publicKeyPem: pair.publicKey.export({ type: "spki", format: "pem" }).toString(),
      publicKeyOpenssh: `${ssh.name} ${ssh.blob.toString("base64")}\n`,
      publicKeyFingerprintMd5: md5,
      publicKeyFingerprintSha256: `SHA256:${createHash("sha256").update(ssh.blob).digest("base64").replace(/=+$/, "")}`,
    },
  };
}

/** The form of a certificate; its signature is made up. */
function pem(label: string, salt: string): string {
  const body =
    Buffer.from(hex(960, salt, label), "hex")
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${body.join("\n")}\n-----END ${label}-----\n`;
}

function certificate(inputs: JsonObject, salt: string): Result {
  const hours = Number(inputs["validityPeriodHours"] ?? 8760);
  const start = new Date();
  return {
    id: BigInt(`0x${hex(32, salt)}`).toString(),
    properties: {
      certPem: pem("CERTIFICATE", salt),
      keyAlgorithm: "RSA",
      readyForRenewal: false,
      validityStartTime: start.toISOString(),
      validityEndTime: new Date(start.getTime() + hours * 3_600_000).toISOString(),
    },
  };
}

/** A real key pair; certificates and requests in the right form. undefined for types it does not know. */
export async function tlsResult(kind: string, inputs: JsonObject, salt: string): Promise<Result | undefined> {
  if (kind === "PrivateKey") return privateKey(inputs);
  if (kind === "SelfSignedCert" || kind === "LocallySignedCert") return certificate(inputs, salt);
  if (kind === "CertRequest") return { id: hex(40, salt), properties: { certRequestPem: pem("CERTIFICATE REQUEST", salt), keyAlgorithm: "RSA" } };
  return undefined;
}
