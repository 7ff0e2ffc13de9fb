import { createHash } from "node:crypto";
import { hex, pick, uuid } from "../wire/digest.ts";
import { isList, isObject, textAt, type Json, type JsonObject } from "../wire/json.ts";
import { tlsResult } from "./tls.ts";

/** What a package that makes values instead of cloud objects answers. */
export interface Result {
  readonly id: string;
  readonly properties: JsonObject;
}

const lower = "abcdefghijklmnopqrstuvwxyz";
const special = "!@#$%&*()-_=+[]{}<>:?";

function number(inputs: JsonObject, key: string, otherwise: number): number {
  const given = Number(inputs[key] ?? otherwise);
  return Number.isFinite(given) ? given : otherwise;
}

function characters(inputs: JsonObject, salt: string): string {
  const sets = [
    inputs["lower"] === false ? undefined : { set: lower, least: number(inputs, "minLower", 0) },
    inputs["upper"] === false ? undefined : { set: lower.toUpperCase(), least: number(inputs, "minUpper", 0) },
    inputs["numeric"] === false || inputs["number"] === false ? undefined : { set: "0123456789", least: number(inputs, "minNumeric", 0) },
    inputs["special"] === false ? undefined : { set: textAt(inputs, "overrideSpecial") ?? special, least: number(inputs, "minSpecial", 0) },
  ].filter((set) => set !== undefined);
  const all = sets.map((set) => set.set).join("");
  const chosen: string[] = [];
  for (const { set, least } of sets) for (let i = 0; i < least; i++) chosen.push(set[pick(set.length, salt, set, String(i))] ?? "");
  for (let i = chosen.length; i < number(inputs, "length", 16); i++) chosen.push(all[pick(all.length, salt, "any", String(i))] ?? "");
  return shuffled(chosen, salt)
    .slice(0, number(inputs, "length", 16))
    .join("");
}

function shuffled<T>(items: readonly T[], salt: string): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = pick(i + 1, salt, "shuffle", String(i));
    [result[i], result[j]] = [result[j] as T, result[i] as T];
  }
  return result;
}

const adverbs = ["calmly", "eagerly", "firmly", "gladly", "kindly", "lightly", "neatly", "openly", "quietly", "rapidly", "surely", "warmly"];
const adjectives = [
  "able",
  "bold",
  "brave",
  "clear",
  "eager",
  "fair",
  "gentle",
  "happy",
  "keen",
  "lucky",
  "merry",
  "noble",
  "proud",
  "quick",
  "sharp",
  "sunny",
  "tidy",
  "vivid",
  "wise",
  "zesty",
];
const animals = [
  "badger",
  "beaver",
  "bison",
  "cobra",
  "crane",
  "dingo",
  "eagle",
  "falcon",
  "gecko",
  "heron",
  "ibex",
  "jackal",
  "koala",
  "lemur",
  "marten",
  "newt",
  "otter",
  "puffin",
  "quail",
  "raven",
  "seal",
  "tapir",
  "urchin",
  "viper",
  "walrus",
  "yak",
  "zebra",
];

function pet(inputs: JsonObject, salt: string): string {
  const length = number(inputs, "length", 2);
  const words: string[] = [];
  for (let i = 0; i < length; i++) {
    const list = i === length - 1 ? animals : i === length - 2 ? adjectives : adverbs;
    words.push(list[pick(list.length, salt, String(i))] ?? "");
  }
  const prefix = textAt(inputs, "prefix");
  return [...(prefix === undefined ? [] : [prefix]), ...words].join(textAt(inputs, "separator") ?? "-");
}

function randomId(inputs: JsonObject, salt: string): Result {
  const bytes = Buffer.from(hex(number(inputs, "byteLength", 8) * 2, salt), "hex");
  const prefix = textAt(inputs, "prefix") ?? "";
  const url = bytes.toString("base64url");
  const decimal = BigInt(`0x${bytes.toString("hex") || "0"}`).toString();
  return {
    id: url,
    properties: { b64Std: prefix + bytes.toString("base64"), b64Url: prefix + url, dec: prefix + decimal, hex: prefix + bytes.toString("hex") },
  };
}

/** The form of a bcrypt hash; it can be stored and compared as text, not verified. */
function bcryptLike(password: string): string {
  const digest = createHash("sha512").update(password).digest("base64").replaceAll(/[+=]/g, ".");
  return `$2a$10$${digest.slice(0, 53)}`;
}

type Maker = (inputs: JsonObject, salt: string) => Result;

function integer(inputs: JsonObject, salt: string): Result {
  const min = number(inputs, "min", 0);
  const result = min + pick(Math.max(1, number(inputs, "max", min) - min + 1), salt);
  return { id: String(result), properties: { result } };
}

function shuffle(inputs: JsonObject, salt: string): Result {
  const items: readonly Json[] = isList(inputs["inputs"]) ? inputs["inputs"] : [];
  const order = shuffled(items, textAt(inputs, "seed") ?? salt);
  const count = number(inputs, "resultCount", items.length);
  const results = Array.from({ length: items.length === 0 ? 0 : count }, (_, i) => order[i % order.length] ?? null);
  return { id: `shuffle-${hex(12, salt)}`, properties: { results } };
}

const makers: Readonly<Record<string, Maker>> = {
  RandomPassword: (inputs, salt) => {
    const result = characters(inputs, salt);
    return { id: `password-${hex(12, salt, "id")}`, properties: { result, bcryptHash: bcryptLike(result) } };
  },
  RandomString: (inputs, salt) => {
    const result = characters(inputs, salt);
    return { id: result, properties: { result } };
  },
  RandomId: randomId,
  RandomBytes: (inputs, salt) => {
    const bytes = Buffer.from(hex(number(inputs, "length", 16) * 2, salt), "hex");
    return { id: `bytes-${hex(12, salt, "id")}`, properties: { base64: bytes.toString("base64"), hex: bytes.toString("hex") } };
  },
  RandomInteger: integer,
  RandomPet: (inputs, salt) => ({ id: pet(inputs, salt), properties: {} }),
  RandomUuid: (_inputs, salt) => ({ id: uuid(salt), properties: { result: uuid(salt) } }),
  RandomUuid4: (_inputs, salt) => ({ id: uuid(salt), properties: { result: uuid(salt) } }),
  RandomUuid7: (_inputs, salt) => ({ id: uuid(salt), properties: { result: uuid(salt) } }),
  RandomShuffle: shuffle,
};

/** Defaults that the random provider writes into its outputs. */
const switches: JsonObject = { lower: true, upper: true, numeric: true, number: true, special: true, minLower: 0, minUpper: 0, minNumeric: 0, minSpecial: 0 };

function withDefaults(kind: string, properties: JsonObject, inputs: JsonObject): JsonObject {
  if (kind !== "RandomPassword" && kind !== "RandomString") return properties;
  const defaults = Object.fromEntries(Object.entries(switches).filter(([key]) => inputs[key] === undefined));
  return { ...defaults, ...properties };
}

/** The values of random and tls types; undefined for every other type. Equal salts give equal random values; key pairs are made once and kept. */
export async function randomResult(type: string, inputs: JsonObject, salt: string): Promise<Result | undefined> {
  const [pkg, , kind = ""] = type.split(":");
  if (pkg === "tls") return tlsResult(kind, inputs, salt);
  const maker = pkg === "random" ? makers[kind] : undefined;
  if (maker === undefined) return undefined;
  const made = maker(inputs, salt);
  return isObject(made.properties) ? { id: made.id, properties: withDefaults(kind, made.properties, inputs) } : made;
}
