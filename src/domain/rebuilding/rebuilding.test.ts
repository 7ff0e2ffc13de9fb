import { describe, expect, it } from "vitest";
import { find, type Clues } from "./find.ts";
import { lossOf, type Loss, type LossFacts } from "./loss.ts";
import { planRebuild, type RebuildQuestion } from "./plan.ts";

const vpc = { urn: "urn:pulumi:dev.net::acme::aws:ec2/vpc:Vpc::main", type: "aws:ec2/vpc:Vpc" };
const random = { urn: "urn:r", type: "random:index/randomPassword:RandomPassword" };
const kept = [{ id: "vpc-1", from: "the ledger (run r1)" }];
const told = (clues: Partial<Clues>, wanted = vpc): string => {
  const found = find(wanted, { kept: [], ...clues });
  return `${found.kind}${found.kind === "take" ? ` ${found.id}` : ""}: ${found.because}`;
};

describe("where an object may still be that the state does not have", () => {
  it.each<[string, Partial<Clues>, string]>([
    ["what a person says counts before everything", { said: { id: "vpc-9" }, listed: ["vpc-1"], kept }, "take vpc-9: a person says that it is vpc-9"],
    ["also that there is none", { said: "absent", listed: ["vpc-1"], kept }, "make: a person looked and says that it is not there"],
    ["the cloud's list is believed before an id that was kept", { listed: ["vpc-2"], kept }, "take vpc-2: the cloud's list has it"],
    [
      "while a server that is held still may make it, nobody knows",
      { listed: "open", kept, named: "main" },
      "ask: a creation of it is still under way: its server is held still, and ends it when it goes on",
    ],
    ["also where it says that there is none", { listed: [], kept }, "make: the cloud's list has nothing of it"],
    ["what was listed and is gone meanwhile is made", { listed: ["vpc-2"], tried: ["vpc-2"], kept }, "make: the cloud's list has nothing of it"],
    ["what was kept and is gone is made", { kept, tried: ["vpc-1"] }, "make: the ledger (run r1) has its id vpc-1, and the cloud has no such object"],
    [
      "of what was kept, what is sure to be the last comes first",
      {
        kept: [
          { id: "vpc-1", from: "the ledger", isOld: true },
          { id: "vpc-2", from: "a backup" },
        ],
      },
      "take vpc-2: a backup has its id",
    ],
    [
      "an old one that may be there is taken, and that there may be another one is said",
      { kept: [{ id: "vpc-1", from: "the ledger", isOld: true }] },
      "take vpc-1: the ledger has its id (perhaps not the last one that it had: look in the cloud for another)",
    ],
    [
      "that an old one is gone proves nothing",
      { kept: [{ id: "vpc-1", from: "the ledger", isOld: true }], tried: ["vpc-1"] },
      "ask: the ledger has its id vpc-1, which is gone; a later run that did not end well may have made another one",
    ],
    ["but a name does", { named: "logs", kept: [{ id: "x", from: "the ledger", isOld: true }], tried: ["x"] }, "take logs: its name is its id"],
    ["also where nothing has it", { named: "logs", tried: ["logs"] }, "make: its name is its id, and the cloud has no such object"],
    [
      "of several, the one whose id was kept",
      { listed: ["vpc-2", "vpc-1"], kept },
      "take vpc-1: the cloud has 2 of it, and the ledger (run r1) knows this one",
    ],
    [
      "of several none where the one that was kept may not be the last: both live (simulation, seed 655130)",
      { listed: ["vpc-1", "vpc-2"], kept: [{ id: "vpc-1", from: "the ledger", isOld: true }] },
      "ask: the cloud has 2 objects that it may be: vpc-1, vpc-2; the ledger knows vpc-1, which may not be the last one that it had",
    ],
    ["of several that nothing knows, none", { listed: ["vpc-2", "vpc-3"], kept }, "ask: the cloud has 2 objects that it may be: vpc-2, vpc-3"],
    [
      "a cloud without a list: the newest id that was kept",
      { kept: [...kept, { id: "vpc-0", from: "a backup" }] },
      "take vpc-1: the ledger (run r1) has its id",
    ],
    ["then its own name", { named: "main" }, "take main: its name is its id"],
    ["else nobody but a person", {}, "ask: its id was given by the cloud, and nothing that is left knows it"],
  ])("%s", (_, clues, expected) => {
    expect(told(clues)).toBe(expected);
  });

  it("what is of a dynamic provider is never taken in, whatever is known of it: only a person can have it made again", () => {
    const note = { urn: "urn:n", type: "pulumi-nodejs:dynamic:Resource" };
    expect([told({ kept }, note), told({ said: { id: "note-1" } }, note)]).toEqual([expect.stringMatching(/^ask: /), expect.stringMatching(/^ask: /)]);
    expect(told({ said: "absent" }, note)).toBe("make: a person looked and says that it is not there");
  });

  it("what is nothing outside of the state is drawn anew, and nobody is asked", () => {
    expect(told({}, random)).toBe("make: what is of random exists in the state alone: it is drawn anew");
  });
});

describe("what of a stack is lost", () => {
  const whole: LossFacts = { state: "there", gone: 0, named: 4, found: 0, recorded: 6, isUnfinished: false };
  it.each<[Loss, Partial<LossFacts>]>([
    ["none", {}],
    ["none", { named: 0, recorded: 0 }],
    ["part", { gone: 2 }],
    ["cloud", { gone: 4 }],
    ["state", { state: "absent", named: 0, found: 3 }],
    ["both", { state: "absent", named: 0 }],
    ["both", { named: 0 }],
    ["passphrase", { state: "locked", found: 3 }],
    ["unfinished", { isUnfinished: true }],
    ["unfinished", { isUnfinished: true, named: 0 }],
  ])("is %s with %o", (loss, facts) => {
    expect(lossOf({ ...whole, ...facts })).toBe(loss);
  });
});

describe("the plan of a rebuild", () => {
  type Stack = RebuildQuestion["stacks"][number];
  const stack = (
    name: string,
    layer: Stack["stack"]["layer"],
    more: { readonly loss?: Loss; readonly needs?: readonly string[]; readonly tookMs?: number } = {},
  ): Stack => ({
    stack: {
      name,
      kind: "stack",
      path: `stacks/${name}`,
      pulumiStack: `dev.${name}`,
      layer,
      args: {},
      dependsOn: more.needs ?? [],
      requires: {},
      verify: [],
      rollback: "auto",
      drift: { mode: "detect", ignore: [] },
    },
    loss: more.loss ?? "none",
    tookMs: more.tookMs ?? 1_000,
  });
  const names = (question: Partial<RebuildQuestion> & Pick<RebuildQuestion, "stacks">): unknown => {
    const { waves, left, waiting, expectedMs } = planRebuild({ environment: "dev", reads: {}, only: undefined, ...question });
    return { waves: waves.map((wave) => wave.map((one) => `${one.stack.name}<${one.after.join()}`)), left, waiting, expectedMs };
  };
  const estate = [
    stack("mesh", "mesh", { needs: ["app"] }),
    stack("app", "apps", { tookMs: 3_000 }),
    stack("other", "apps", { loss: "cloud", tookMs: 5_000 }),
    stack("cluster", "clusters", { loss: "part" }),
    stack("net", "machines"),
  ];

  it("is what lost something and what stands below it, layer by layer; the rest is left", () => {
    expect(names({ stacks: estate, reads: { app: [{ stack: "cluster", output: "kubeconfig" }] } })).toEqual({
      waves: [["cluster<"], ["app<cluster", "other<"], ["mesh<app,cluster"]],
      left: ["net"],
      waiting: [],
      expectedMs: 7_000,
    });
  });

  it("asked for one stack it says which others wait for it", () => {
    expect(names({ stacks: estate, reads: { app: [{ stack: "cluster" }] }, only: ["cluster", "net"] })).toEqual({
      waves: [["cluster<"]],
      left: ["mesh", "app", "other", "net"],
      waiting: ["mesh", "app"],
      expectedMs: 1_000,
    });
  });

  it("is empty where nothing is lost, and has no clock where one stack was never timed", () => {
    expect(names({ stacks: [stack("net", "machines")] })).toMatchObject({ waves: [], left: ["net"] });
    const untimed = { ...stack("net", "machines", { loss: "both" }), tookMs: undefined };
    expect(names({ stacks: [untimed] })).toMatchObject({ waves: [["net<"]], expectedMs: undefined });
  });
});
