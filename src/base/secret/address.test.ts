import { describe, expect, it } from "vitest";
import { credentialsIn, publicAddress } from "./address.ts";

describe("an address in a message", () => {
  it.each([
    ["s3://states/acme?region=eu-central-1&secret=hunter22", "s3://states/acme"],
    ["s3://ann:hunter22@states/acme", "s3://states/acme"],
    ["postgres://ann:hun%40ter22@db.example:5432/states?sslmode=require", "postgres://db.example:5432/states"],
    ["file:///srv/states/a@b?no_tmp_dir=true", "file:///srv/states/a@b"],
    ["https://api.pulumi.com", "https://api.pulumi.com/"],
    ["no url at all?x", "no url at all"],
  ])("%s shows no more than %s", (address, shown) => {
    expect(publicAddress(address)).toBe(shown);
  });

  // Passwords as people paste them: with what a URL would have to encode.
  const pasted = [
    "postgres://ann:hunter22@x@db.example:port/states",
    "postgres://ann:hunter22/x@db.example/states",
    "postgres://ann:hun?ter22@db.example/states",
    "postgres://ann:12/hunter22@db.example/states",
    "s3://ann:12#hunter22@states",
    "s3://ann:hunter22%zz x@states:bad",
    "ann:hunter22@db.example:bad port",
  ];

  it.each(pasted)("%s shows nothing of the password", (address) => {
    expect(publicAddress(address)).not.toMatch(/hun|ter22|12/);
    expect(credentialsIn(address).map((one) => one.reveal())).toContainEqual(expect.stringMatching(/ter22/));
  });

  it("control: taking away what looks like user and password leaves passwords", () => {
    const cut = pasted.map((address) => address.replace(/\/\/[^/@]*@/, "//").replace(/\?.*$/, ""));
    expect(cut.filter((text) => /hun|ter22/.test(text))).toHaveLength(3);
  });
});
