import { expect, it } from "vitest";
import { payloadDigest, signedHeaders, type Signable } from "./sign.ts";

// The worked examples that AWS publishes for implementers: keys, time and signatures are theirs.
const keys = { id: "AKIDEXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const scope = { service: "service", region: "us-east-1", at: new Date("2015-08-30T12:36:00Z") };
const request = (more: Partial<Signable>): Signable => ({ method: "GET", url: new URL("https://example.amazonaws.com/"), headers: {}, body: "", ...more });
const signature = (signable: Signable): string => /Signature=(\w+)$/.exec(signedHeaders(signable, keys, scope)["authorization"] ?? "")?.[1] ?? "";

it.each([
  ["a plain GET", request({}), "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"],
  [
    "query parameters out of order",
    request({ url: new URL("https://example.amazonaws.com/?Param2=value2&Param1=value1") }),
    "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
  ],
  [
    "a form in the body",
    request({ method: "POST", headers: { "Content-Type": "application/x-www-form-urlencoded" }, body: "Param1=value1" }),
    "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
  ],
])("signs %s as AWS's own example does", (_, signable, expected) => {
  expect(signature(signable)).toBe(expected);
});

it.each([
  ["a list of objects", "?max-keys=2&prefix=J", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"],
  ["a question without a value", "?lifecycle", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"],
])("signs %s in S3 as AWS's own example does", (_, query, expected) => {
  const url = new URL(`https://examplebucket.s3.amazonaws.com/${query}`);
  const of = { id: "AKIAIOSFODNN7EXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" };
  const asked = request({ url, headers: { "x-amz-content-sha256": payloadDigest("") } });
  const headers = signedHeaders(asked, of, { service: "s3", region: "us-east-1", at: new Date("2013-05-24T00:00:00Z") });
  expect(/Signature=(\w+)$/.exec(headers["authorization"] ?? "")?.[1]).toBe(expected);
});

it("covers the session token of temporary keys", () => {
  const headers = signedHeaders(request({}), { ...keys, session: "token" }, scope);
  expect(headers["x-amz-security-token"]).toBe("token");
  expect(headers["authorization"]).toContain("SignedHeaders=host;x-amz-date;x-amz-security-token,");
});
