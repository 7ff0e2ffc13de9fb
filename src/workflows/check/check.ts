import { parse } from "yaml";
import { asProblem, didYouMean, Problem } from "../../base/problem/index.ts";
import type { Environment } from "../../domain/environments/index.ts";
import { stackGraph, type Closure } from "../../domain/planner/index.ts";
import { treeOf, type Estate } from "../estate/index.ts";
import type { Finding } from "./finding.ts";
import { linkFaults } from "./links.ts";
import { exportedTypes, strippingFaults } from "./stripping.ts";

export interface CheckReport {
  readonly commit: string;
  readonly environments: readonly { readonly name: string; readonly stacks: number }[];
  /** Errors first, then by place. */
  readonly findings: readonly Finding[];
}

type Tree = Awaited<ReturnType<typeof treeOf>>;

/** Files of one tree, each read once. */
class Files {
  readonly modes: ReadonlyMap<string, string>;
  readonly #tree: Tree;
  readonly #texts = new Map<string, Promise<string>>();

  private constructor(tree: Tree, modes: ReadonlyMap<string, string>) {
    this.#tree = tree;
    this.modes = modes;
  }

  static async of(tree: Tree): Promise<Files> {
    return new Files(tree, new Map((await tree.list("")).map(({ path, mode }) => [path, mode])));
  }

  text(path: string): Promise<string> {
    const text = this.#texts.get(path) ?? this.#tree.read(path).then((bytes) => bytes?.toString("utf8") ?? "");
    this.#texts.set(path, text);
    return text;
  }
}

function asFinding(problem: Problem): Finding {
  return { level: "error", at: problem.on, what: problem.what, todo: problem.todo };
}

function refuseUnknown(wanted: string | undefined, names: readonly string[], commit: string): void {
  if (wanted === undefined || names.includes(wanted)) return;
  throw new Problem("ENVIRONMENT_UNKNOWN", {
    what: `there is no environment "${wanted}"`,
    on: `environments/ at ${commit.slice(0, 7)}`,
    todo: `${didYouMean(wanted, names).trim()} Known: ${names.join(", ") || "none; make environments/<name>/environment.ts"}`.trim(),
  });
}

/** Projects whose programs plain pulumi runs by Node's type stripping: Pulumi.yaml says `typescript: false`. */
async function stripped(files: Files, environment: Environment): Promise<ReadonlySet<string>> {
  const stacks = new Set<string>();
  for (const stack of environment.stacks) {
    const text = await files.text(stack.kind === "project" ? `${stack.path}/Pulumi.yaml` : "Pulumi.yaml");
    try {
      const project = parse(text) as { readonly runtime?: { readonly options?: { readonly typescript?: unknown } } | string } | null;
      if (typeof project?.runtime === "object" && project.runtime.options?.typescript === false) stacks.add(stack.name);
    } catch {
      // A Pulumi.yaml that is no YAML is refused where programs are read.
    }
  }
  return stacks;
}

const isProgramFile = (path: string): boolean => /\.[mc]?tsx?$/.test(path) && !/\.d\.[mc]?ts$/.test(path);

async function programFindings(files: Files, closures: readonly Closure[]): Promise<readonly Finding[]> {
  const ours = (JSON.parse((await files.text("package.json")) || "{}") as { readonly name?: unknown }).name === "trueup";
  const paths = new Set(closures.flatMap((closure) => Object.keys(closure.files)).filter(isProgramFile));
  // In its own repository trueup's sources are part of what programs reach; they have checks of their own.
  const wanted = [...paths].filter((path) => !(ours && path.startsWith("src/")));
  const types = new Map(await Promise.all(wanted.map(async (path) => [path, exportedTypes(path, await files.text(path))] as const)));
  const around = { isFile: (path: string) => files.modes.has(path), typesOf: (path: string) => types.get(path) ?? new Set<string>() };
  return (await Promise.all(wanted.map(async (path) => strippingFaults(path, await files.text(path), around)))).flat();
}

interface Looked {
  readonly stacks: number;
  readonly findings: readonly Finding[];
  readonly closures: readonly Closure[];
}

async function lookAt(estate: Estate, tree: Tree, at: { readonly name: string; readonly files: Files }): Promise<Looked> {
  const { name, files } = at;
  try {
    const environment = await estate.programs.environment(tree, name);
    const closures = await estate.programs.closures(tree, environment);
    stackGraph(environment, Object.fromEntries(closures.map((closure) => [closure.stack, closure.reads ?? []])));
    const links = await linkFaults(environment, { modes: files.modes, target: (path) => files.text(path) });
    const plain = await stripped(files, environment);
    const unresolved = closures.flatMap((closure) => closure.unresolved.map((one) => unresolvedFinding(closure.stack, one)));
    return { stacks: environment.stacks.length, findings: [...links, ...unresolved], closures: closures.filter((closure) => plain.has(closure.stack)) };
  } catch (thrown) {
    return { stacks: 0, findings: [asFinding(asProblem(thrown, `environments/${name}/environment.ts`))], closures: [] };
  }
}

/** `said` is `file:line what` where a text says it, words alone where a lockfile is what is missing. */
function unresolvedFinding(stack: string, said: string): Finding {
  const [, at, what] = /^(\S+:\d+) (.+)$/.exec(said) ?? [];
  const means = `${stack} counts as affected by every change near it`;
  if (at === undefined || what === undefined)
    return {
      level: "warning",
      at: "package-lock.json",
      what: `${said.replace(/: everything$/, "")}: ${means}`,
      todo: "Commit the lockfile that your package manager writes.",
    };
  return { level: "warning", at, what: `${what}: ${means}`, todo: "Import by a name that the text says in full, where you can." };
}

const byPlace = (a: Finding, b: Finding): number =>
  Number(b.level === "error") - Number(a.level === "error") || a.at.localeCompare(b.at, "en", { numeric: true });

/**
 * Evaluates the environment files of a commit of this clone, resolves their stacks, looks at the config links, and reads the programs for what
 * plain type stripping would break. Static: runs no program, asks no cloud, fetches nothing. `only` names one environment.
 */
export async function checkEstate(estate: Estate, request: { readonly ref: string; readonly only: string | undefined }): Promise<CheckReport> {
  const commit = await estate.repository.fetchLocal(estate.root, request.ref);
  const tree = await treeOf(estate.repository, commit);
  const files = await Files.of(tree);
  const names = await estate.programs.environments(tree);
  refuseUnknown(request.only, names, commit);
  const wanted = names.filter((name) => request.only === undefined || name === request.only);
  const looked = await Promise.all(wanted.map((name) => lookAt(estate, tree, { name, files })));
  const programs = await programFindings(
    files,
    looked.flatMap(({ closures }) => closures),
  );
  const all = [...looked.flatMap(({ findings }) => findings), ...programs];
  const once = new Map(all.map((finding) => [`${finding.at} ${finding.what}`, finding]));
  return { commit, environments: wanted.map((name, index) => ({ name, stacks: looked[index]?.stacks ?? 0 })), findings: [...once.values()].toSorted(byPlace) };
}
