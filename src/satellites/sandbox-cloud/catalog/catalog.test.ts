import { resolve } from "node:path";
import { expect, test } from "vitest";
import { Catalog } from "./catalog.ts";

const catalog = new Catalog(resolve(import.meta.dirname, "../../../../node_modules"));

test("outputs that the SDK declares without undefined are always given", () => {
  const subnet = catalog.resource("aws:ec2/subnet:Subnet");
  expect(subnet?.outputs["arn"]).toEqual({ shape: { kind: "text" }, optional: false });
  expect(subnet?.outputs["outpostArn"]?.optional).toBe(true);
  expect(subnet?.inputs["vpcId"]?.optional).toBe(false);
});

test.each([
  "aws:glue/mLTransform:MLTransform",
  "aws:kendra/index:Index",
  "aws:index/getRegion:getRegion",
  "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole",
  "kubernetes:core/v1:Service",
  "kubernetes:storage.k8s.io/v1:CSIDriver",
  "kubernetes:apiregistration.k8s.io/v1:APIService",
  "kubernetes:helm.sh/v3:Release",
  "random:index/randomPet:RandomPet",
  "tls:index/selfSignedCert:SelfSignedCert",
])("finds the declaration of %s", (token) => {
  expect(catalog.resource(token) ?? catalog.invoke(token)).toBeDefined();
});

test("nested types are read from the SDK's types", () => {
  const shape = catalog.resource("aws:eks/cluster:Cluster")?.outputs["vpcConfig"]?.shape ?? { kind: "any" };
  expect(catalog.members("aws", shape)["clusterSecurityGroupId"]).toEqual({ shape: { kind: "text" }, optional: false });
});

test("what no SDK declares is unknown, not guessed", () => {
  expect(catalog.resource("kubernetes:gateway.networking.k8s.io/v1:HTTPRoute")).toBeUndefined();
  expect(catalog.resource("nosuch:index/thing:Thing")).toBeUndefined();
});
