import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** What an environment file did that its commit does not determine. */
export interface Impurity {
  readonly kind: "impure";
  /** "reads the clock", "uses the network", ... */
  readonly what: string;
  /** `environments/prod/environment.ts:3`, or the file alone. */
  readonly at: string;
}

/** Thrown into the environment file; noted too, for files that catch it. */
export class ImpureError extends Error {
  readonly impurity: Impurity;
  constructor(impurity: Impurity) {
    super(`${impurity.at} ${impurity.what}`);
    this.impurity = impurity;
  }
}

const NativeError = Error;

/** `file:line` of the first frame inside the root, from an error's stack. */
export function placeIn(root: string, stack: string | undefined): string | undefined {
  for (const line of (stack ?? "").split("\n")) {
    const match = /(?:\(|at |async )(file:\/\/[^\s()]+?):(\d+):\d+\)?$/.exec(line.trim());
    if (match === null) continue;
    const path = pathOf(match[1] ?? "");
    if (path?.startsWith(`${root}/`) === true) return `${path.slice(root.length + 1)}:${match[2]}`;
  }
  return undefined;
}

function pathOf(url: string): string | undefined {
  try {
    return fileURLToPath(url.split("?")[0] ?? url);
  } catch {
    return undefined;
  }
}

/** The file that called into the trap: the first frame that has a location. Node's own frames start with `node:`. */
function callerIsNode(stack: string | undefined): boolean {
  const frames = (stack ?? "")
    .split("\n")
    .slice(1)
    .map((line) => line.trim());
  const outside = frames.find((frame) => /:\d+:\d+\)?$/.test(frame) && !frame.includes(import.meta.url) && !frame.includes(dirname(import.meta.filename)));
  return outside?.includes("node:") === true;
}

export interface Confinement {
  readonly impurities: Impurity[];
  refuse(what: string, at?: string): never;
}

/**
 * Takes away everything by which a program can see more than its commit. Each trap throws and notes `file:line`; what is thrown and caught
 * counts all the same. Call it after everything that this process itself needs has been loaded.
 */
export function confine(root: string, current: () => string): Confinement {
  const impurities: Impurity[] = [];
  const refuse = (what: string, at?: string): never => {
    const impurity: Impurity = { kind: "impure", what, at: at ?? placeIn(root, new NativeError().stack) ?? current() };
    if (impurities.length < 20) impurities.push(impurity);
    throw new ImpureError(impurity);
  };
  const clock = (): never => refuse("reads the clock");
  const random = (): never => refuse("uses randomness");
  const network = (): never => refuse("uses the network");
  const exit = (): never => refuse("ends the process");

  trapDate(clock);
  set(Math, "random", random);
  for (const name of ["fetch", "WebSocket", "EventSource", "XMLHttpRequest"]) set(globalThis, name, network);
  for (const name of ["performance", "Temporal"]) set(globalThis, name, trap(clock));
  set(globalThis, "crypto", trap(random));
  set(
    globalThis,
    "navigator",
    trap(() => refuse("asks about the machine")),
  );
  for (const name of ["exit", "reallyExit", "abort", "kill", "_kill"]) set(process, name, exit);
  for (const name of ["hrtime", "uptime"]) set(process, name, trap(clock));
  for (const name of ["cpuUsage", "memoryUsage", "resourceUsage", "binding", "dlopen", "getBuiltinModule", "loadEnvFile"])
    set(process, name, () => refuse(`calls process.${name}`));
  trapVariables(refuse);
  return { impurities, refuse };
}

function set(on: object, name: string, value: unknown): void {
  Object.defineProperty(on, name, { value, configurable: false, writable: false });
}

/** Anything done with it is refused. */
function trap(refuse: () => never): unknown {
  return new Proxy(() => undefined, { get: refuse, has: refuse, ownKeys: refuse, apply: refuse, construct: refuse, set: refuse });
}

function trapDate(clock: () => never): void {
  const Native = Date;
  const Trapped: DateConstructor = new Proxy(Native, {
    construct: (target, args: unknown[], newTarget): object =>
      args.length === 0 ? clock() : (Reflect.construct(target, args, newTarget === Trapped ? target : newTarget) as object),
    apply: clock,
    get: (target, key) => (key === "now" ? clock : Reflect.get(target, key)),
  });
  set(Native.prototype, "constructor", Trapped);
  set(globalThis, "Date", Trapped);
  const format = Object.getOwnPropertyDescriptor(Intl.DateTimeFormat.prototype, "format")?.get;
  set(Intl.DateTimeFormat.prototype, "formatToParts", clock);
  Object.defineProperty(Intl.DateTimeFormat.prototype, "format", {
    configurable: false,
    get(this: Intl.DateTimeFormat) {
      const native = format?.call(this) as (date?: number) => string;
      return (date?: number) => (date === undefined ? clock() : native(date));
    },
  });
}

/** Node itself looks at variables now and then (colours of the console): it finds none. */
function trapVariables(refuse: Confinement["refuse"]): void {
  const look = (name: string): undefined => {
    if (callerIsNode(new NativeError().stack)) return undefined;
    return refuse(name === "" ? "reads the environment's variables" : `reads the variable ${name}`);
  };
  const variables = new Proxy(
    {},
    {
      get: (_, name) => look(String(name)),
      has: (_, name) => look(String(name)) ?? false,
      ownKeys: () => look("") ?? [],
      set: (_, name) => look(String(name)) ?? false,
    },
  );
  set(process, "env", variables);
}
