import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";

/** The backend URL with relative file paths made absolute against the clone; the folder of a file backend is made. */
export async function absoluteBackend(url: string, root: string): Promise<string> {
  if (!url.startsWith("file://")) return url;
  const path = url.slice("file://".length);
  const folder = path.startsWith("/") || path.startsWith("~") ? path : resolve(root, path);
  if (!folder.startsWith("~")) await mkdir(folder, { recursive: true });
  return `file://${folder}`;
}
