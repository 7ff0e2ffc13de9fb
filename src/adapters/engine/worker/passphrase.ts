import { createCipheriv, createDecipheriv, pbkdf2, randomBytes } from "node:crypto";
import { promisify } from "node:util";

// Pulumi's passphrase provider (sdk/go/common/resource/config/crypt.go): AES-256-GCM under PBKDF2-HMAC-SHA256 of a million rounds.
const rounds = 1_000_000;
const derive = promisify(pbkdf2);

/** One key of the passphrase provider: what turns its texts (`v1:nonce:ciphertext`) into values and back. */
export interface PassphraseKey {
  /** What a state or a config file says of its key: the salt, and a known word under the key, by which a wrong passphrase is noticed. */
  readonly salt: string;
  open(ciphertext: string): string;
  seal(plain: string): string;
}

function keyOf(raw: Buffer, salt: string): PassphraseKey {
  const seal = (plain: string): string => {
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", raw, nonce);
    const sealed = Buffer.concat([cipher.update(plain, "utf8"), cipher.final(), cipher.getAuthTag()]);
    return `v1:${nonce.toString("base64")}:${sealed.toString("base64")}`;
  };
  const open = (ciphertext: string): string => {
    const [version, nonce = "", text = ""] = ciphertext.split(":");
    const sealed = Buffer.from(text, "base64");
    if (version !== "v1" || sealed.length < 16) throw new Error("not a ciphertext of the passphrase provider");
    const decipher = createDecipheriv("aes-256-gcm", raw, Buffer.from(nonce, "base64"));
    decipher.setAuthTag(sealed.subarray(-16));
    return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]).toString("utf8");
  };
  return { salt, open, seal };
}

/** The key that a recorded salt and a passphrase make. Throws when the passphrase is not the one. Takes some tenths of a second. */
export async function openKey(passphrase: string, recorded: string): Promise<PassphraseKey> {
  const [version, salt = "", ...proof] = recorded.split(":");
  if (version !== "v1") throw new Error("a salt of another version");
  const key = keyOf(await derive(passphrase, Buffer.from(salt, "base64"), rounds, 32, "sha256"), recorded);
  if (key.open(proof.join(":")) !== "pulumi") throw new Error("incorrect passphrase");
  return key;
}

/** A new key under a salt of its own. */
export async function newKey(passphrase: string): Promise<PassphraseKey> {
  const salt = randomBytes(8);
  const raw = await derive(passphrase, salt, rounds, 32, "sha256");
  return keyOf(raw, `v1:${salt.toString("base64")}:${keyOf(raw, "").seal("pulumi")}`);
}
