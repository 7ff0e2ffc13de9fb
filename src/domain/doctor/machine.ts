import semver from "semver";
import { About, type Finding, type Looked } from "./finding.ts";

const here = "this machine";
/** The oldest Node that strips types by itself. */
const oldestNode = "22.18.0";

export interface MachineFacts {
  readonly node: string;
  /** Of the engine that would be used, and what the organisation allows. */
  readonly engine: Looked<string>;
  readonly engineVersions: string;
  /** What `bwrap --version` says; undefined: it is not there. */
  readonly bubblewrap: string | undefined;
}

function engineFinding({ engine, engineVersions }: MachineFacts): Finding {
  const about = new About("engine", here);
  if ("problem" in engine) return about.broken(engine.problem);
  if (semver.satisfies(engine.value, engineVersions)) return about.right(`Pulumi ${engine.value}`);
  return about.wrong(
    `Pulumi ${engine.value} is found, and trueup.config.ts wants ${engineVersions}`,
    "Install one of those (npm run setup), or change engine.versions.",
  );
}

/** What the machine that runs trueup must have. */
export function machineFindings(facts: MachineFacts): readonly Finding[] {
  const { node, bubblewrap } = facts;
  const [nodes, isolation] = [new About("node", here), new About("isolation", here)];
  return [
    semver.gte(node, oldestNode) ? nodes.right(`Node ${node}`) : nodes.wrong(`Node ${node} is older than ${oldestNode}`, "Install a newer Node."),
    engineFinding(facts),
    bubblewrap === undefined
      ? isolation.advice(
          "bubblewrap is not found: code of pull requests is kept from nothing that this account may read",
          "Install it (apt install bubblewrap), or preview pull requests where nothing is to be had.",
        )
      : isolation.right(bubblewrap),
  ];
}
