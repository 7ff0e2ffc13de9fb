import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { didYouMean, Problem } from "../../base/problem/index.ts";
import { durationMs } from "../../domain/environments/index.ts";

const usualIntervalMs = 60_000;
const leastIntervalMs = 5_000;
const usualAtOnce = 2;

const name = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, "wants small letters, digits and dashes, a letter first, at most 40");
const source = z
  .strictObject({ env: z.string().min(1).optional(), file: z.string().min(1).optional() })
  .refine(({ env, file }) => (env === undefined) !== (file === undefined), 'wants either "env", the name of a variable, or "file"');
export type SecretPlace = z.infer<typeof source>;

const holdsPassword = (text: string): boolean => /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/]*@/.test(text) && !/^ssh:\/\/[^/:@]*@/.test(text);

const repository = z.strictObject({
  at: z
    .string()
    .min(1)
    .refine((text) => !text.startsWith("-"), "is no address: it begins with a dash")
    .refine((text) => !holdsPassword(text), "holds a name or a password: leave it out, and name the token's place in git.token"),
  name: z
    .string()
    .regex(/^[A-Za-z0-9._/-]{1,100}$/, "wants letters, digits, dots, dashes and slashes")
    .optional(),
  environments: z.array(name).min(1, "names no environment"),
  forge: z
    .strictObject({
      kind: z.enum(["github", "gitlab"]).optional(),
      api: z.url({ protocol: /^https?$/ }).optional(),
      repository: z.string().min(1).optional(),
      token: source.optional(),
      app: z.strictObject({ id: z.string().min(1), installation: z.string().min(1).optional(), key: source }).optional(),
    })
    .optional(),
  git: z.strictObject({ token: source }).optional(),
});

const duration = z.string().refine((text) => (durationMs(text) ?? 0) >= leastIntervalMs, "wants a duration of at least 5s, such as 60s or 5m");
const listen = z.string().regex(/^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):\d{1,5}$/, "wants host:port, such as 127.0.0.1:9464");

/** The file of `trueup agent --config`. */
export const agentFile = z.strictObject({
  interval: duration.optional(),
  atOnce: z.int().min(1).max(32).optional(),
  listen: listen.optional(),
  data: z.string().min(1).optional(),
  repositories: z.array(repository).min(1, "names no repository").max(200),
});
type AgentFile = z.infer<typeof agentFile>;
export type RepositorySettings = AgentFile["repositories"][number] & { readonly name: string };

export interface AgentSettings {
  readonly intervalMs: number;
  readonly atOnce: number;
  readonly listen: { readonly host: string; readonly port: number } | undefined;
  /** Where repositories that are given by their address are kept; undefined: in the user's cache. */
  readonly data: string | undefined;
  readonly repositories: readonly RepositorySettings[];
}

/** What a command line may say; it goes before the file. */
export interface GivenSettings {
  readonly interval?: string;
  readonly atOnce?: string;
  readonly listen?: string;
  readonly data?: string;
  /** Clones or addresses, all with these environments. */
  readonly repositories?: readonly string[];
  readonly environments?: readonly string[];
}

function wrong(on: string, what: string, hint = ""): Problem {
  return new Problem("CONFIG_INVALID", { what, on, todo: `Correct it and start again.${hint} docs/agent.md has all settings.` });
}

/** Every key that the file knows, for who mistyped one. */
function keysOf(schema: z.ZodType): string[] {
  if (schema instanceof z.ZodOptional) return keysOf(schema.unwrap() as z.ZodType);
  if (schema instanceof z.ZodArray) return keysOf(schema.element as z.ZodType);
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape as Record<string, z.ZodType>).flatMap(([key, inner]) => [key, ...keysOf(inner)]);
}

function issueProblem(issue: z.core.$ZodIssue | undefined, on: string): Problem {
  const place = (issue?.path ?? []).map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  const unknown = issue?.code === "unrecognized_keys" ? issue.keys[0] : undefined;
  const says = unknown === undefined ? (issue?.message ?? "is wrong") : `has an unknown key "${unknown}"`;
  return wrong(on, `${place.replace(/^\./, "") || "the file"} ${says}`, unknown === undefined ? "" : didYouMean(unknown, keysOf(agentFile)));
}

/** Parses settings, whoever wrote them. CONFIG_INVALID says where. */
export function settingsOf(raw: unknown, on: string): AgentSettings {
  const parsed = agentFile.safeParse(raw);
  if (!parsed.success) throw issueProblem(parsed.error.issues[0], on);
  const { interval, atOnce = usualAtOnce, listen: at, data, repositories } = parsed.data;
  const intervalMs = (interval === undefined ? undefined : durationMs(interval)) ?? usualIntervalMs;
  return { intervalMs, atOnce, data, listen: at === undefined ? undefined : addressOf(at, on), repositories: named(repositories, on) };
}

function addressOf(text: string, on: string): NonNullable<AgentSettings["listen"]> {
  const colon = text.lastIndexOf(":");
  const port = Number(text.slice(colon + 1));
  if (port > 65_535) throw wrong(on, `listen: there is no port ${port}`);
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ""), port };
}

/** Each by a name of its own: logs, metrics and folders rest on it. */
function named(repositories: AgentFile["repositories"], on: string): RepositorySettings[] {
  const seen = new Set<string>();
  return repositories.map((one) => {
    const usual = basename(one.at.replace(/[\\/]+$/, "").replace(/^.*:/, "")).replace(/\.git$/, "");
    const called = one.name ?? (usual.replaceAll(/[^A-Za-z0-9._-]/g, "-") || "repository");
    if (seen.has(called)) throw wrong(on, `two repositories are called "${called}"`, ' Give one of them another "name".');
    seen.add(called);
    return { ...one, name: called };
  });
}

/** The file, with what the command line says in its place. */
export async function readSettings(file: string | undefined, given: GivenSettings): Promise<AgentSettings> {
  const { repositories, environments, atOnce, ...rest } = given;
  const flags = { ...rest, ...(atOnce === undefined ? {} : { atOnce: Number(atOnce) }) };
  if (file === undefined) return settingsOf({ ...flags, repositories: (repositories ?? []).map((at) => ({ at, environments })) }, "the command line");
  const text = await readFile(file, "utf8").catch((thrown: Error) => {
    throw wrong(file, `the file cannot be read (${thrown.message.split(":")[0] ?? "no reason"})`);
  });
  const raw = parsedFile(text, file);
  return settingsOf(typeof raw === "object" && raw !== null ? { ...raw, ...flags } : raw, file);
}

/** YAML, of which JSON is a part. */
function parsedFile(text: string, file: string): unknown {
  try {
    return parse(text);
  } catch (thrown) {
    throw wrong(file, `the file is no YAML: ${(thrown as Error).message.split("\n")[0] ?? ""}`);
  }
}
