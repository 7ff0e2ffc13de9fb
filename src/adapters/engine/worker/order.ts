import { z } from "zod";
import type { ProgramHost } from "../language-host.ts";
import type { SatelliteSettings } from "../satellites.ts";

/** How a worker begins: one line of JSON on its stdin. */
export interface Beginning {
  readonly satellites: SatelliteSettings;
  readonly located: { readonly cli: string; readonly officialHost?: string };
  readonly programHost: ProgramHost;
  readonly sandbox: boolean;
  readonly path: string;
}

/** One run of the engine inside the worker. Paths are those of the worker. */
export interface Order {
  readonly operation: { readonly command: string; readonly program: boolean };
  readonly hasPacks: boolean;
  /** After the CLI's own name, without what only the worker knows: language host, address for events. */
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly deadlineMs: number;
  readonly graceMs: number;
  readonly outputCap: number;
  /** Files to write before it, in the worker, where a link leads nowhere else. */
  readonly writes: Readonly<Record<string, string>>;
  /** Files to bring back after it; those that are not there are left out. */
  readonly reads: readonly string[];
}

/** What the worker is told, one line of JSON each. */
export type Told =
  | { readonly kind: "run"; readonly id: number; readonly order: Order }
  /** `hard`: KILL at once. */
  | { readonly kind: "cancel"; readonly id: number; readonly hard: boolean };

const childResult = z.object({
  exitCode: z.number().int().optional(),
  signal: z.string().optional(),
  stdout: z.string(),
  stderr: z.string(),
  dropped: z.number(),
  endedBy: z.enum(["itself", "deadline", "cancel"]),
  durationMs: z.number(),
});

/** What the worker says. Foreign code runs beside who writes this: it is data of a stranger, and checked as such. */
export const said = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("event"), id: z.number(), json: z.string() }),
  z.object({ kind: z.literal("deadline"), id: z.number() }),
  z.object({ kind: z.literal("ended"), id: z.number(), child: childResult, opened: z.number(), files: z.record(z.string(), z.string()) }),
  z.object({ kind: z.literal("failed"), id: z.number(), why: z.string() }),
]);
export type Said = z.infer<typeof said>;
export type Ended = Omit<Extract<Said, { kind: "ended" }>, "kind" | "id">;
