import { expect, it } from "vitest";
import { signedHeaders, type Signable } from "./sign.ts";

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

it("covers the session token of temporary keys", () => {
  const headers = signedHeaders(request({}), { ...keys, session: "token" }, scope);
  expect(headers["x-amz-security-token"]).toBe("token");
  expect(headers["authorization"]).toContain("SignedHeaders=host;x-amz-date;x-amz-security-token,");
});
