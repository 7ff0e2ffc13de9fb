import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { thisMachine } from "../../src/base/process/index.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The repository that jobs get trueup from: at one commit, with this very trueup behind its two doors. */
export interface Published {
  readonly path: string;
  readonly commit: string;
}

/** The variables that every git of a job runs with; `more` are settings of git. */
export function gitVariables(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const settings = Object.entries(more).flatMap(([key, value], at) => [
    [`GIT_CONFIG_KEY_${at}`, key],
    [`GIT_CONFIG_VALUE_${at}`, value],
  ]);
  return {
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_CONFIG_COUNT: String(Object.keys(more).length),
    ...(Object.fromEntries(settings) as Record<string, string>),
  };
}

/** What a job's own clone lacks and a real estate has elsewhere: a backend and a cloud that outlive the job, and packages. */
const bin = (lent: Readonly<Record<string, string>>): string => `import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
const argv = process.argv.slice(2);
const clone = argv[0] === "-C" ? argv[1] : process.cwd();
for (const [name, path] of Object.entries(${JSON.stringify(lent)})) {
  if (existsSync(join(clone, name))) continue;
  mkdirSync(dirname(join(clone, name)), { recursive: true });
  symlinkSync(path, join(clone, name));
}
process.exit(spawnSync(process.execPath, [${JSON.stringify(join(root, "bin/trueup.mjs"))}, ...argv], { stdio: "inherit" }).status ?? 1);
`;

const setup = `import { spawnSync } from "node:child_process";
process.exit(spawnSync(process.execPath, [${JSON.stringify(join(root, "scripts/run.mjs"))}, ...process.argv.slice(2)], { stdio: "inherit" }).status ?? 1);
`;

/** `lent`: paths that every clone of a job is given links to, by their names in it. */
export function publish(path: string, lent: Readonly<Record<string, string>>): Published {
  for (const name of ["action/action.yml", "package-lock.json", "tools/go.mod", "tools/go.sum", "scripts/engine.mjs"]) {
    cpSync(join(root, name), join(path, name));
  }
  const links = { node_modules: join(root, "node_modules"), ...lent };
  for (const target of Object.values(links)) mkdirSync(target, { recursive: true });
  for (const [name, text] of Object.entries({ "bin/trueup.mjs": bin(links), "scripts/run.mjs": setup })) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  const people = { GIT_AUTHOR_NAME: "a", GIT_AUTHOR_EMAIL: "a@b.example", GIT_COMMITTER_NAME: "a", GIT_COMMITTER_EMAIL: "a@b.example" };
  const git = (...args: string[]): string =>
    execFileSync("git", ["-C", path, ...args], { encoding: "utf8", env: { PATH: thisMachine().path, ...people, ...gitVariables() } }).trim();
  git("init", "--quiet", "--initial-branch=main");
  git("add", "--all");
  git("commit", "--quiet", "-m", "trueup");
  return { path, commit: git("rev-parse", "HEAD") };
}

/** What a runner is, apart from what its host tells it: tools, a home with caches in it, a place for files. */
export function runnerVariables(tmp: string, tools = ""): Record<string, string> {
  const machine = thisMachine();
  return {
    PATH: [tools, dirname(process.execPath), machine.path].filter((part) => part !== "").join(":"),
    HOME: machine.home,
    LC_ALL: "C.UTF-8",
    TMPDIR: tmp,
    CI: "true",
    ...machine.variables(/^XDG_CACHE_HOME$/),
  };
}

/** How one job ended, with all that it printed. */
export interface JobRun {
  readonly name: string;
  readonly exit: number | undefined;
  readonly out: string;
  readonly err: string;
}
