import { cp } from "node:fs/promises";
import { join } from "node:path";
import { runChild } from "../../src/base/process/index.ts";
import { canMount, whyNoMounts } from "../torture/disks.ts";
import { appStack, baseStack, environmentFile } from "./estate-files.ts";
import type { Clause } from "./clause.ts";
import { merge, type World } from "./world.ts";

async function mount(args: readonly [string, ...string[]]): Promise<boolean> {
  const result = await runChild(args, { cwd: "/", env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" }, deadlineMs: 10_000 }).catch(() => undefined);
  return result?.exitCode === 0;
}

/** Why a small disk cannot be made here; "" when it can. */
export const whyNoSmallDisk = (await canMount()) ? "" : whyNoMounts;

/** Makes the disk under a folder larger. */
export async function enlarge(place: string): Promise<void> {
  await mount(["mount", "-o", "remount,size=64m", place]);
}

/** A disk of its own under a folder of the world, with what the folder held; only as much as given is free. */
export const smallDisk =
  (folder: (world: World) => string, size: string, keep: boolean) =>
  async (world: World): Promise<() => Promise<void>> => {
    await merge(world, { "environments/dev/environment.ts": environmentFile(`${baseStack.replace("8", "9")}\n    ${appStack}`) });
    const place = folder(world);
    const beside = join(world.folder, "kept");
    if (keep) await cp(place, beside, { recursive: true, verbatimSymlinks: true });
    if (!(await mount(["mount", "-t", "tmpfs", "-o", `size=${size}`, "tmpfs", place]))) throw new Error("no tmpfs could be mounted");
    if (keep) await cp(beside, place, { recursive: true, verbatimSymlinks: true }).catch(() => undefined);
    return async () => void (await mount(["umount", "-l", place]));
  };

export const fullDisks: readonly Clause[] = [
  {
    name: "a disk that is full before the mirror is there",
    make: smallDisk((world) => join(world.clone, ".trueup"), "48k", false),
    code: "DISK_FULL",
    says: [/space/],
  },
];
