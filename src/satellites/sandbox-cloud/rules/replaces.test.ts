import { expect, test } from "vitest";
import { covers, parsePath, spell } from "./paths.ts";
import { isGuessedRule, replaceRule } from "./replaces.ts";

test("known types replace by the cloud's facts, and everything else is done in place", () => {
  expect(replaceRule("aws:ec2/vpc:Vpc", ["cidrBlock"])).toBe("known");
  expect(replaceRule("aws:ec2/vpc:Vpc", ["tags", "Name"])).toBeUndefined();
  expect(replaceRule("aws:eks/cluster:Cluster", ["vpcConfig", "subnetIds", 0])).toBe("known");
  expect(replaceRule("aws:eks/cluster:Cluster", ["vpcConfig", "publicAccessCidrs"])).toBeUndefined();
  expect(replaceRule("kubernetes:apps/v1:Deployment", ["spec", "replicas"])).toBeUndefined();
  expect(replaceRule("kubernetes:apps/v1:Deployment", ["spec", "selector", "matchLabels", "app"])).toBe("known");
  expect(replaceRule("random:index/randomId:RandomId", ["keepers"])).toBe("known");
});

test("other types replace on what looks like their name, and that is a guess unless the SDK's text says it", () => {
  expect(replaceRule("aws:medialive/channel:Channel", ["name"])).toBe("guessed");
  expect(replaceRule("aws:medialive/channel:Channel", ["channelClass"], ["channelClass"])).toBe("documented");
  expect(replaceRule("aws:medialive/channel:Channel", ["logLevel"])).toBeUndefined();
  expect(isGuessedRule("aws:medialive/channel:Channel", "name")).toBe(true);
  expect(isGuessedRule("aws:ec2/vpc:Vpc", "cidrBlock")).toBe(false);
  expect(isGuessedRule("kubernetes:batch/v1:Job", "spec.template.spec")).toBe(false);
});

test("paths are spelled and read as the engine does", () => {
  const path = ["spec", "containers", 0, "labels", "a.b/c"];
  expect(spell(path)).toBe('spec.containers[0].labels["a.b/c"]');
  expect(parsePath(spell(path))).toEqual(path);
  expect(covers(parsePath("spec.containers[*].labels"), path)).toBe(true);
});
