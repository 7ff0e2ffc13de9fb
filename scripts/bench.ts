import { agentReport } from "./bench/agent.ts";
import { makeEstate, type BenchEstate } from "./bench/estate.ts";
import { startMonitor } from "./bench/monitor.ts";
import { openAdapter, plainPreview, trueup, trueupPreview } from "./bench/preview.ts";
import { keep, loadNow, reportOf, type Row } from "./bench/report.ts";
import { alternate } from "./bench/sample.ts";
import { ourStart, pulumiStart } from "./bench/start.ts";

/**
 * `npm run bench [-- --runs N]`: ours and plain pulumi side by side, in turn, in one run. Each run checks that the work was really done
 * (31 resources, no change) before its time counts.
 */
const at = process.argv.indexOf("--runs");
const runs = at < 0 ? 5 : Number(process.argv[at + 1]);
if (!Number.isInteger(runs) || runs < 1) throw new Error("--runs wants a whole number");
const tell = (line: string): void => void process.stderr.write(`${line}\n`);

async function programStart(estate: BenchEstate): Promise<Row> {
  const monitor = await startMonitor();
  try {
    const samples = await alternate(
      [
        { name: "trueup's program host", times: runs, run: () => ourStart(estate, monitor) },
        { name: "Pulumi's shim, ts-node, files seen before (second run on one machine)", times: runs, run: () => pulumiStart(estate, monitor, true) },
        {
          name: "Pulumi's shim, ts-node, cold: type check (CI, every edited program)",
          times: Math.min(runs, 3),
          run: () => pulumiStart(estate, monitor, false),
        },
      ],
      tell,
    );
    return { title: "Program start: 31 resources (10 aws, 20 kubernetes, the stack), from process start to its end, engine's side answered at once", samples };
  } finally {
    monitor.close();
  }
}

const ours = "`trueup preview`, whole command";

async function onePreview(estate: BenchEstate): Promise<Row> {
  tell("bringing the stack up");
  await trueup(estate, "apply", "dev");
  const adapter = await openAdapter(estate);
  try {
    const samples = await alternate(
      [
        { name: ours, times: runs, run: () => trueupPreview(estate) },
        { name: "trueup's engine adapter alone, satellites running, live reads", times: runs, run: () => adapter.preview(true) },
        { name: "trueup's engine adapter alone, no live reads", times: runs, run: () => adapter.preview(false) },
        { name: "plain `pulumi preview --refresh`", times: runs, run: () => plainPreview(estate, true) },
        { name: "plain `pulumi preview`", times: runs, run: () => plainPreview(estate, false) },
      ],
      tell,
    );
    return { title: "Preview of one stack of 31 resources, no change, sandbox cloud", samples };
  } finally {
    await adapter.close();
  }
}

const notes = [
  "`trueup preview` reads git, evaluates the environment twice, previews with live reads (`--refresh`) and judges; the plain command with `--refresh` does the engine's part of that.",
  "The official language host is not on this machine: plain pulumi runs on trueup's host, started by the CLI as `pulumi-language-nodejs` through launchers, with the sandbox cloud as its provider plugins.",
  "Therefore the baseline that most people pay, Pulumi's default ts-node, is measured on program start only, by calling the SDK's own `@pulumi/pulumi/cmd/run` with `typescript: true`, cold and cached. An official CLI adds its own start, providers and state to that.",
];

const before = loadNow();
const estate = await makeEstate();
try {
  const rows = [await programStart(estate), await onePreview(estate)];
  const targets = [{ way: ours, words: "30-resource stack, no change, sandbox: `trueup preview`", seconds: 3 }];
  tell("an agent with nothing to do, and then with something");
  const agent = await agentReport(tell);
  const report = reportOf({ rows, targets, notes, sections: [agent], loads: [before, loadNow()], engine: estate.engine });
  process.stdout.write(`${report}\n`);
  keep(report);
} finally {
  await estate.remove();
}
