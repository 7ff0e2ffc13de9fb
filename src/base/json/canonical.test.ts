import { expect, test } from "vitest";
import { canonicalJson, digestOf } from "./index.ts";

test("what was built in another order, or with members that are not there, has the same text and the same digest", () => {
  const one = { b: [1, undefined, { z: null, a: "ä" }], a: true, gone: undefined };
  const other = { a: true, b: [1, null, { a: "ä", z: null }] };
  expect(canonicalJson(one)).toBe('{"a":true,"b":[1,null,{"a":"ä","z":null}]}');
  expect(digestOf(one)).toBe(digestOf(other));
  expect(canonicalJson(undefined)).toBe("null");
});

test("keys are ordered by code unit, whatever the machine's language", () => {
  expect(canonicalJson({ ä: 1, Z: 2, a: 3 })).toBe('{"Z":2,"a":3,"ä":1}');
});

test("another value, another order of a list, or another type has another digest", () => {
  expect(new Set([digestOf([1, 2]), digestOf([2, 1]), digestOf(["1", 2]), digestOf({ 0: 1, 1: 2 })]).size).toBe(4);
});
