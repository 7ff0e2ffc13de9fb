import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { project, type Thing } from "./estate-files.ts";
import { cloudFile, stateFolder, type World } from "./world.ts";

/** Facts of a world, read from files and git and not by trueup. */
const line = z.looseObject({
  op: z.enum(["create", "update", "delete"]),
  phase: z.enum(["begin", "commit", "fail"]),
  operation: z.string(),
  urn: z.string(),
  id: z.string(),
  time: z.string(),
  writer: z.string().optional(),
  /** `hand`: somebody behind git's back. */
  actor: z.enum(["engine", "hand"]).optional(),
});
export type CloudLine = z.infer<typeof line>;

/** Whole lines of the cloud's ledger, in order. */
export function cloudLines(world: World): readonly CloudLine[] {
  let text = "";
  try {
    text = readFileSync(cloudFile(world), "utf8");
  } catch {
    return [];
  }
  return text.split("\n").flatMap((one) => {
    if (one === "") return [];
    try {
      return [line.parse(JSON.parse(one))];
    } catch {
      return []; // cut off where its writer was killed
    }
  });
}

export const stackOf = (urn: string): string => /^urn:pulumi:dev\.([^:]+)::/.exec(urn)?.[1] ?? "";
export const nameOf = (urn: string): string => urn.split("::").at(-1) ?? "";

const stateFile = z.looseObject({
  checkpoint: z.looseObject({
    latest: z
      .looseObject({
        resources: z
          .array(
            z.looseObject({
              urn: z.string(),
              type: z.string(),
              id: z.string().optional(),
              delete: z.boolean().optional(),
              pendingReplacement: z.boolean().optional(),
            }),
          )
          .nullish(),
        pending_operations: z.array(z.looseObject({ type: z.string(), resource: z.looseObject({ urn: z.string() }) })).nullish(),
      })
      .nullish(),
  }),
});

export interface State {
  readonly resources: readonly { readonly urn: string; readonly id: string; readonly isOld: boolean }[];
  readonly pending: readonly string[];
  /** Why nobody can read it; then nothing is known of the rest. */
  readonly unreadable?: string;
}

type Place = Parameters<typeof stateFolder>[0];

export const stateFileOf = (world: Place, stack: string): string => join(stateFolder(world), ".pulumi/stacks", project, `dev.${stack}.json`);

/** What Pulumi's own backend has of a stack, its own bookkeeping left out. */
export async function stateOf(world: Place, stack: string): Promise<State> {
  const text = await readFile(stateFileOf(world, stack), "utf8").catch(() => "");
  let read: z.infer<typeof stateFile>;
  try {
    read = stateFile.parse(JSON.parse(text));
  } catch {
    return { resources: [], pending: [], unreadable: `after ${Buffer.byteLength(text)} bytes it is not what a state is` };
  }
  const { latest } = read.checkpoint;
  // What was deleted for another one is no object.
  const real = (latest?.resources ?? []).filter(({ type, pendingReplacement = false }) => !type.startsWith("pulumi:") && !pendingReplacement);
  return {
    resources: real.map(({ urn, id = "", delete: isOld = false }) => ({ urn, id, isOld })),
    pending: (latest?.pending_operations ?? []).map(({ resource }) => resource.urn),
  };
}

export interface LiveThing extends Thing {
  readonly id: string;
  readonly urn: string;
  readonly below: string | undefined;
  readonly restsOn: string | undefined;
}

const properties = z.looseObject({
  cidrBlock: z.string().optional(),
  hashKey: z.string().optional(),
  path: z.string().optional(),
  vpcId: z.string().optional(),
  tags: z.looseObject({ revision: z.string(), below: z.string().optional() }),
});

/** What lives in the cloud that a program made. */
export function liveThings(world: World): readonly LiveThing[] {
  return world.home.cloud
    .list()
    .filter(({ createdBy }) => createdBy !== "")
    .map(({ id, createdBy, properties: found }) => {
      const { cidrBlock, hashKey = "", path = hashKey, vpcId, tags } = properties.parse(found);
      const shape = Number(/^(?:10\.|\/?shape-)(\d+)/.exec(cidrBlock ?? path)?.[1]);
      return { id, urn: createdBy, shape, revision: Number(tags.revision), below: tags.below, restsOn: vpcId };
    });
}
