import { resolve } from "node:path";
import { expect, test } from "vitest";
import { Catalog } from "../catalog/catalog.ts";
import type { JsonObject } from "../wire/json.ts";
import { unknown, wrapSecret } from "../wire/special.ts";
import { checkInputs } from "./check.ts";

const catalog = new Catalog(resolve(import.meta.dirname, "../../../../node_modules"));
const check = (raw: JsonObject) =>
  checkInputs({ catalog, type: "aws:iam/role:Role", name: "worker", before: undefined, raw, inputs: raw, seed: "s", proposed: undefined });
const statement = { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "ec2.amazonaws.com" } };
const text = '{"Statement":[{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"}}],"Version":"2012-10-17"}';

test("a policy given as an object is taken as its text, whatever the order of its members", () => {
  const { inputs, failures } = check({ name: "worker", assumeRolePolicy: { Version: "2012-10-17", Statement: [statement] } });
  expect([inputs["assumeRolePolicy"], failures]).toEqual([text, []]);
});

test("a secret in a policy makes its text secret, and what is not known yet makes it unknown", () => {
  const secret = { name: "worker", assumeRolePolicy: { Version: "2012-10-17", Statement: [{ ...statement, Action: wrapSecret("sts:AssumeRole") }] } };
  expect(check(secret).inputs["assumeRolePolicy"]).toEqual(wrapSecret(text));
  expect(check({ name: "worker", assumeRolePolicy: { Statement: [{ ...statement, Resource: unknown }] } }).inputs["assumeRolePolicy"]).toBe(unknown);
});

test("control: any other object where a text belongs is refused", () => {
  expect(check({ name: "worker", assumeRolePolicy: { allow: "all" } }).failures.map(({ property }) => property)).toEqual(["assumeRolePolicy"]);
});
