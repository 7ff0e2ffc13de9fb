import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { runChild, thisMachine } from "../src/base/process/index.ts";
import { openStandin, type Standin } from "../src/satellites/forge-standin/index.ts";

/**
 * `node scripts/pictures.ts [address of the demo's pull request]`: takes the pictures of docs/pull-request.md anew, in a chromium that is on PATH.
 * Of the golden comments on the stand-in's page, and of the demo's pull request where it is given. Look at each before it is committed.
 */
const machine = thisMachine();
const root = join(import.meta.dirname, "..");

interface Picture {
  readonly file: string;
  readonly height: number;
  /** The first fold stands open. */
  readonly open?: boolean;
}

const comments = [
  { golden: "preview-one", title: "Encrypt the database, a newer engine", file: "preview-comment", height: 2080, open: true },
  { golden: "apply-failed", title: "Shop: another port", file: "failed-comment", height: 760 },
  { golden: "drift", title: "Drift", file: "drift-report", height: 1090 },
] as const;

const browser = ["chromium", "chromium-browser", "google-chrome"]
  .flatMap((name) => machine.path.split(delimiter).map((folder) => join(folder, name)))
  .find((path) => existsSync(path));

async function take(url: string, { file, height, open }: Picture): Promise<void> {
  if (browser === undefined) throw new Error("there is no chromium\non PATH\nInstall one, and try again.");
  const folder = mkdtempSync(join(machine.tmp, "trueup-pictures-"));
  const page = await (await fetch(url)).text();
  const to = join(root, "docs/pictures", `${file}.png`);
  try {
    writeFileSync(join(folder, "page.html"), open === true ? page.replace("<details>", "<details open>") : page);
    const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", `--user-data-dir=${join(folder, "profile")}`];
    const shot = [`--window-size=1000,${height}`, `--screenshot=${to}`, `file://${join(folder, "page.html")}`];
    const { exitCode, stderr } = await runChild([browser, ...flags, ...shot], { cwd: folder, env: { PATH: machine.path, HOME: folder }, deadlineMs: 60_000 });
    if (exitCode !== 0) throw new Error(`chromium took no picture\non ${url}\n${stderr.slice(-2_000)}`);
    console.log(to);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The address of a pull request under which trueup has said it. */
function posted(standin: Standin, { golden, title, file }: (typeof comments)[number]): string {
  standin.push("ann", file);
  const number = standin.openPullRequest("ann", { head: file, title });
  standin.comment(standin.us, number, readFileSync(join(root, "src/domain/reports/golden", `${golden}.md`), "utf8"));
  return `${standin.url}/${standin.repository}/pull/${number}`;
}

const standin = await openStandin("github");
try {
  for (const picture of comments) await take(posted(standin, picture), picture);
  const [demo] = process.argv.slice(2);
  if (demo !== undefined) await take(demo, { file: "pull-request", height: 2460 });
} finally {
  await standin.close();
}
