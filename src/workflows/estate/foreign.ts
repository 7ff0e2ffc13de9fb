import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { findBubblewrap, type Isolation } from "../../base/confinement/index.ts";
import { Problem } from "../../base/problem/index.ts";
import { Secret } from "../../base/secret/index.ts";
import { ofFork, type Environment, type Identity, type Organisation } from "../../domain/environments/index.ts";
import { absoluteBackend } from "./backend.ts";
import { treeOf, type Estate } from "./estate.ts";
import { foreignNotes, type Origin } from "./foreign-notes.ts";
import { ambientVariables, jobIdentity, variablesAs } from "./identity.ts";
import { readRevision, type Ground } from "./revision.ts";
import { openPassphrase } from "./secrets.ts";

/** An estate in which code that nobody agreed to yet can be run. */
export interface ForeignEstate {
  readonly estate: Estate;
  /** Whose backend, secrets and credentials: those of what is live, never those that the code itself names. */
  readonly ground: Ground;
  /** Whether anything live can be read with what the code is given. */
  readonly readsLive: boolean;
  /** What people should know who read the preview. */
  readonly notes: readonly string[];
  close(): Promise<void>;
}

interface Question {
  readonly environment: string;
  readonly origin: Origin;
  /** The commit whose rules hold, and the head of the branch that is asked to be changed. */
  readonly rulesFrom: string;
  readonly cloud: Environment["cloud"];
}

interface Base {
  readonly organisation: Organisation;
  /** undefined: the change brings it. */
  readonly environment: Environment | undefined;
}

async function baseOf(estate: Estate, { environment: name, rulesFrom }: Question): Promise<Base> {
  try {
    return await readRevision(estate, rulesFrom, name);
  } catch (thrown) {
    if (!(thrown instanceof Problem) || thrown.code !== "ENVIRONMENT_UNKNOWN") throw thrown;
    return { organisation: await estate.programs.organisation(await treeOf(estate.repository, rulesFrom)), environment: undefined };
  }
}

/** A fork's job has no passphrase, and needs none: no secret is opened for it. What it shows can then not be approved. */
async function passphraseOf(estate: Estate, environment: Environment, origin: Origin): Promise<Secret> {
  try {
    return await openPassphrase(environment, estate.machine, estate.root);
  } catch (thrown) {
    if (origin === "fork" && thrown instanceof Problem && thrown.code === "SECRETS_UNREADABLE") return new Secret(randomBytes(24).toString("hex"));
    throw thrown;
  }
}

/** Nothing is recorded of an environment that is new: an empty backend, and a passphrase of nothing. */
async function newGround(empty: string): Promise<Ground> {
  await mkdir(empty, { recursive: true });
  return { backend: pathToFileURL(empty).href, passphrase: new Secret(randomBytes(24).toString("hex")), variables: {} };
}

async function groundOf(estate: Estate, { environment }: Base, at: { readonly origin: Origin; readonly empty: string }): Promise<Ground> {
  if (environment === undefined) return newGround(at.empty);
  return {
    backend: await absoluteBackend(environment.backend, estate.root),
    passphrase: await passphraseOf(estate, environment, at.origin),
    variables: ambientVariables(estate.machine, environment),
  };
}

function refuseTogether(estate: Estate, question: Question, at: { readonly as: Identity["preview"]["as"]; readonly isolation: Isolation }): void {
  if (jobIdentity(estate.machine) !== "apply" || (at.isolation.kind === "bubblewrap" && (at.as !== "ambient" || question.cloud === "sandbox"))) return;
  throw new Problem("IDENTITY_REFUSED", {
    what: "code of a pull request is not run in a process that holds the apply identity (TRUEUP_IDENTITY=apply)",
    on: `environment ${question.environment}`,
    todo: 'Preview in a job of its own (trueup init --ci writes one); or give previews another identity than "ambient", and install bubblewrap.',
  });
}

function requireIsolation(isolation: Isolation, { preview }: Identity, environment: string): void {
  if (isolation.kind === "bubblewrap" || preview.isolation !== "required") return;
  throw new Problem("ISOLATION_MISSING", {
    what: `identity.preview.isolation is "required", and ${isolation.why}`,
    on: `environment ${environment}`,
    todo: "Install bubblewrap and let it make user namespaces, or preview on a machine that has it.",
  });
}

/** The credentials of a state backend are not for the code: it gets a copy of the state. */
function withoutBackend(variables: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => name !== "PULUMI_ACCESS_TOKEN"));
}

/**
 * Opens what code of a pull request may be run in: an engine whose programs, providers and policies live in a worker of their own, with the identity
 * that the *base* declares for previews. Raises IDENTITY_REFUSED, ISOLATION_MISSING, SECRETS_UNREADABLE and what reading the base raises.
 */
export async function openForeign(estate: Estate, question: Question): Promise<ForeignEstate> {
  const base = await baseOf(estate, question);
  const declared = base.environment?.identity ?? base.organisation.identity;
  const identity = question.origin === "fork" ? ofFork(declared) : declared;
  const isolation = await findBubblewrap(estate.machine.path);
  requireIsolation(isolation, identity, question.environment);
  const { as, network } = identity.preview;
  const cloud = base.environment?.cloud ?? "sandbox";
  refuseTogether(estate, { ...question, cloud }, { as, isolation });
  await mkdir(join(estate.work, "previews"), { recursive: true });
  const room = await mkdtemp(join(estate.work, "previews", "ground-"));
  const ground = await groundOf(estate, base, { origin: question.origin, empty: join(room, "state") });
  const given = cloud === "real" ? ground.variables : {};
  const variables = withoutBackend(await variablesAs(as, given, { environment: question.environment, session: "preview" }));
  const secrets = question.origin === "fork" ? ("withheld" as const) : ("given" as const);
  const own = estate.apart({ isolation, network, variables, secrets });
  const notes = foreignNotes({ environment: question.environment, origin: question.origin, isNew: base.environment === undefined, cloud, as, isolation });
  for (const note of notes) estate.observe({ kind: "step", text: note });
  return {
    estate: own,
    ground,
    notes,
    readsLive: question.cloud === "sandbox" || as !== "none",
    close: async () => {
      await own.close();
      await rm(room, { recursive: true, force: true });
    },
  };
}
