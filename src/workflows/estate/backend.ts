import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { Problem } from "../../base/problem/index.ts";
import { publicAddress } from "../../base/secret/index.ts";

/** The backend URL with relative file paths made absolute against the clone; the folder of a file backend is made. CONFIG_INVALID for what is no URL. */
export async function absoluteBackend(url: string, root: string): Promise<string> {
  if (!url.startsWith("file://")) {
    if (URL.canParse(url)) return url;
    throw new Problem("CONFIG_INVALID", {
      what: `the backend ${publicAddress(url)} is no URL`,
      on: "the setting `backend`",
      todo: "Write it as s3://bucket, postgres://host/database or file://folder; what is not a letter or digit in a password is written as %XX.",
    });
  }
  const path = url.slice("file://".length);
  const folder = path.startsWith("/") || path.startsWith("~") ? path : resolve(root, path);
  if (!folder.startsWith("~")) await mkdir(folder, { recursive: true });
  return `file://${folder}`;
}
