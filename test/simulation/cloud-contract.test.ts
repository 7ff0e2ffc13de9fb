import { systemClock } from "../../src/base/clock/index.ts";
import { openCloud } from "../../src/satellites/sandbox-cloud/index.ts";
import type { CloudObject } from "../../src/satellites/sandbox-cloud/index.ts";
import { listOf } from "../../src/workflows/estate/cloud-list.ts";
import { startSandbox, type Connection } from "../sandbox-cloud/client.ts";
import { cloudContract, type Asked, type CloudSubject } from "./cloud-contract.ts";
import { driven } from "./driven.ts";
import { SimCloud, type Writer } from "./parts/cloud.ts";
import { randomOf } from "./parts/random.ts";
import { Scheduler } from "./parts/scheduler.ts";

const rangeOf = (shape: number): string => `10.${shape}.0.0/16`;

async function sandboxCloud(): Promise<CloudSubject> {
  const sandbox = await startSandbox();
  const cloud = openCloud(sandbox.store);
  const aws = await sandbox.connect("aws");
  const inputs = ({ shape, revision }: Asked): { readonly cidrBlock: string; readonly tags: { readonly revision: string } } => ({
    cidrBlock: rangeOf(shape),
    tags: { revision: String(revision) },
  });
  const object = (id: string): CloudObject | undefined => cloud.list().find((one) => one.id === id);
  const shown = ({ id, createdBy, createdAt, properties }: CloudObject): ReturnType<CloudSubject["living"]> => {
    const { cidrBlock, tags } = properties as { readonly cidrBlock?: string; readonly tags?: { readonly revision?: string } };
    const [shape, revision] = [Number(cidrBlock?.split(".")[1]), Number(tags?.revision)];
    return createdBy.startsWith("urn:") ? [{ id, urn: createdBy, createdAtMs: Date.parse(createdAt), shape, revision }] : [];
  };
  const requests = (urn: string): readonly string[] => cloud.ledger().flatMap((line) => (line.urn === urn && line.op === "create" ? [line.phase] : []));
  const isCode = (thrown: unknown, words: RegExp): true => {
    if (thrown instanceof Error && words.test(thrown.message)) return true;
    throw thrown;
  };
  return {
    create: async (asked) => (await aws.create(asked.urn, inputs(asked))).id,
    createNamed: (urn, name) =>
      aws.create(urn, { name }).then(
        ({ id }) => id,
        (thrown: unknown) => isCode(thrown, /AlreadyExists/) && "taken",
      ),
    update: (id, asked) =>
      aws.update(asked.urn, id, { olds: object(id)?.properties ?? {}, oldInputs: object(id)?.inputs ?? {}, news: inputs(asked) }).then(
        () => "done" as const,
        (thrown: unknown) => isCode(thrown, /NotFound/) && ("gone" as const),
      ),
    delete: (id, urn) => aws.remove(urn, id, object(id)?.inputs ?? {}),
    askAndDie: async (asked) => {
      cloud.fault.add({ kind: "latency", latencyMs: 700, op: "create", times: 1 });
      const dying: Connection = await sandbox.connect("aws");
      const asking = dying.create(asked.urn, inputs(asked)).catch(() => undefined);
      while (requests(asked.urn).length === 0) await systemClock.sleep(5);
      dying.close();
      void asking;
    },
    living: () => cloud.list().flatMap(shown),
    made: listOf(cloud, systemClock),
    requests,
    meddle: (id, how) => void (how === "gone" ? cloud.delete(id) : cloud.set(id, "tags.revision", "900")),
    nowMs: () => Date.now(),
    close: () => sandbox.close(),
  };
}

async function simulatedCloud(): Promise<CloudSubject> {
  const scheduler = new Scheduler(randomOf(1, 1));
  const cloud = new SimCloud({ lists: true, mostInFlightMs: 1_500 }, { scheduler, random: randomOf(1, 2) });
  cloud.now = () => new Date(scheduler.nowMs);
  const actor = { name: "asks", kind: "runner", state: "running" } as const;
  const clock = { now: cloud.now, monotonicMs: () => scheduler.nowMs, sleep: (ms: number) => scheduler.sleep({ ...actor }, ms) };
  const writer: Writer = { name: "engine", stack: "dev.s", fencing: 1, credentialsUntilMs: Infinity };
  const facts = { id: undefined, replaces: false };
  const type = "aws:ec2/vpc:Vpc";
  const asking = ({ urn, shape, revision }: Asked): Parameters<SimCloud["create"]>[1] => ({ urn, type, properties: { shape, revision } });
  const idOf = (made: Awaited<ReturnType<SimCloud["create"]>>): string => (made === "taken" ? made : made.id);
  const time = driven(scheduler);
  return {
    create: async (asked) => idOf(await cloud.create(writer, asking(asked), facts)),
    createNamed: async (urn, name) => idOf(await cloud.create(writer, { urn, type: "aws:iam/group:Group", properties: {} }, { ...facts, id: name })),
    update: async (id, asked) => ((await cloud.update(writer, id, asking(asked))) === undefined ? "gone" : "done"),
    delete: (id, urn) => cloud.delete(writer, { id, urn }),
    askAndDie: async (asked) => void cloud.create(writer, asking(asked), facts),
    living: () =>
      [...cloud.things.values()].map(({ id, urn, createdAt, properties }) => ({
        id,
        urn,
        createdAtMs: Date.parse(createdAt),
        shape: Number(properties["shape"]),
        revision: Number(properties["revision"]),
      })),
    made: listOf(cloud.telling(), clock),
    requests: (urn) => cloud.requests().flatMap((line) => (line.urn === urn ? [line.phase] : [])),
    meddle: (id, how) => {
      const thing = cloud.things.get(id);
      if (thing !== undefined) cloud.meddle(thing, how);
    },
    nowMs: () => scheduler.nowMs,
    close: () => time.close(),
  };
}

cloudContract("simulated", simulatedCloud);
cloudContract("the sandbox's", sandboxCloud);
