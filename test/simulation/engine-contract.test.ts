import { openWorkshop } from "../engine/workshop.ts";
import { Secret } from "../../src/base/secret/index.ts";
import { SimBackend } from "./parts/backend.ts";
import { SimCloud } from "./parts/cloud.ts";
import { driven } from "./driven.ts";
import { engineContract, type EngineSubject, type Networks } from "./engine-contract.ts";
import { SimEngine } from "./parts/engine.ts";
import type { Failing } from "./parts/engine-run.ts";
import { SimHost } from "./parts/host.ts";
import type { Model, Wanted } from "./parts/model.ts";
import { randomOf } from "./parts/random.ts";
import { Scheduler } from "./parts/scheduler.ts";

const kinds = { hangs: "hang", "is refused": "fail-before", "is not ready": "partial" } as const;
const answers = { hangs: "hang", "is refused": "refused", "is not ready": "half" } as const;

async function realEngine(): Promise<EngineSubject> {
  const shop = await openWorkshop();
  const statement = ([name, { shape, revision, isRole }]: [string, Networks[string]]): string =>
    isRole === true
      ? `new aws.iam.Role("${name}", { name: "the-${name}", path: "/${shape}/", assumeRolePolicy: "{}", tags: { revision: "${revision}" } });`
      : `new aws.ec2.Vpc("${name}", { cidrBlock: "10.${shape}.0.0/16", tags: { revision: "${revision}" } });`;
  return {
    engine: shop.engine,
    site: (name) => shop.site(name),
    program: (networks) => shop.program(`import * as aws from "@pulumi/aws";\n${Object.entries(networks).map(statement).join("\n")}\n`),
    living: () => shop.cloud.list().flatMap(({ id, createdBy }) => (createdBy.startsWith("urn:") ? [id] : [])),
    lose: (id) => shop.cloud.delete(id, { type: "aws:ec2/vpc:Vpc" }),
    next: (how) => void shop.cloud.fault.add({ kind: kinds[how], op: "create", times: 1 }),
    writtenAfterMs: 2_000,
    close: () => shop.close(),
  };
}

async function simulatedEngine(): Promise<EngineSubject> {
  const scheduler = new Scheduler(randomOf(1, 1));
  const random = randomOf(1, 2);
  const host = new SimHost("host-0", { scheduler, random, epochMs: 0 });
  const backend = new SimBackend(true, () => scheduler.nowMs);
  const cloud = new SimCloud({ lists: true, mostInFlightMs: 1_000 }, { scheduler, random });
  const runner = host.start("runner", "runner", () => undefined);
  let model: Model = {};
  let next: ReturnType<Failing> = "no";
  const failing: Failing = ({ op }) => {
    if (!op.startsWith("create")) return "no";
    const how = next;
    next = "no";
    return how;
  };
  const time = driven(scheduler);
  const place = { directory: "/simulated", repositoryRoot: "/simulated", backend: "s3://simulated", passphrase: new Secret("x") };
  return {
    engine: new SimEngine({ scheduler, random, host, backend, cloud, runner, fencing: () => 1, model: () => model, failing }),
    site: (name) => ({ stack: "s", pulumiStack: `dev.${name}`, ...place, variables: {}, policyPacks: [], knownSecrets: [] }),
    program: async (networks) => {
      const wanted = ({ isRole, ...one }: Networks[string]): Wanted => ({ ...one, named: isRole === true ? "said" : "cloud" });
      model = { s: Object.fromEntries(Object.entries(networks).map(([name, one]) => [name, wanted(one)])) };
    },
    living: () => [...cloud.things.keys()],
    lose: (id) => void cloud.things.delete(id),
    next: (how) => void (next = answers[how]),
    writtenAfterMs: 0,
    close: () => time.close(),
  };
}

engineContract("simulated", simulatedEngine);
engineContract("real", realEngine, "some");
