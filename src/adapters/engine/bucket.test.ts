import { describe, expect, it } from "vitest";
import { bucketOf } from "./bucket.ts";

const keys = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "secret" };

describe("a backend in a bucket", () => {
  it.each([
    ["s3://states?region=eu-central-1", {}, { base: "https://states.s3.eu-central-1.amazonaws.com/", region: "eu-central-1" }],
    ["s3://states/a/b/", { AWS_REGION: "cn-north-1" }, { base: "https://states.s3.cn-north-1.amazonaws.com.cn/", prefix: "a/b/", region: "cn-north-1" }],
    ["s3://my.states", {}, { base: "https://s3.us-east-1.amazonaws.com/my.states/" }],
    ["s3://states?endpoint=minio:9000&disableSSL=true&s3ForcePathStyle=true", {}, { base: "http://minio:9000/states/" }],
    ["s3://states?endpoint=https://minio:9000&use_path_style=true", {}, { base: "https://minio:9000/states/" }],
    ["s3://states", { AWS_ENDPOINT_URL_S3: "https://s3.example" }, { base: "https://states.s3.example/" }],
  ])("%s with %j is reached as %j", async (backend, more, where) => {
    expect(await bucketOf(backend, { ...keys, ...more })).toEqual({ prefix: "", region: "us-east-1", ...where, keys: { id: "id", secret: "secret" } });
  });

  it.each([
    ["is no bucket", "file:///tmp/states", {}],
    ["is another cloud's", "gs://states", {}],
    ["has its keys in a profile", "s3://states?profile=admin", {}],
    ["has its keys somewhere else", "s3://states", { AWS_SECRET_ACCESS_KEY: "" }],
    ["is behind a proxy", "s3://states", { HTTPS_PROXY: "http://proxy:3128" }],
    ["is a part of a bucket in a way that is not known here", "s3://states?prefix=a/", {}],
  ])("is left to the engine when it %s", async (_, backend, more) => {
    expect(await bucketOf(backend, { ...keys, ...more })).toBeUndefined();
  });
});
