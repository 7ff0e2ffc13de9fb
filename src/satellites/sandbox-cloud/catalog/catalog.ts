import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { DeclarationCache } from "./cache.ts";
import { readInvoke, readResource } from "./declaration.ts";
import { NestedTypes } from "./nested.ts";
import type { InvokeDeclaration, Members, ResourceDeclaration, Shape } from "./shape.ts";
import { placesOf, type TokenPlace } from "./token.ts";

/** Bumped when the form of cached declarations changes. */
const cacheForm = "2";

interface Sdk {
  readonly dir: string;
  readonly version: string;
  readonly cache: DeclarationCache;
  readonly input: NestedTypes;
  readonly output: NestedTypes;
}

/** Everything the installed SDKs declare, read when first asked for. */
export class Catalog {
  readonly #modules: string;
  readonly #cacheDir: string | undefined;
  readonly #sdks = new Map<string, Sdk | undefined>();
  readonly #resources = new Map<string, ResourceDeclaration | undefined>();
  readonly #invokes = new Map<string, InvokeDeclaration | undefined>();

  /** @param modules a `node_modules` directory that holds `@pulumi/*`. */
  constructor(modules: string, cacheDir?: string) {
    this.#modules = modules;
    this.#cacheDir = cacheDir;
  }

  /** The installed SDK's version, or undefined when the package is not installed. */
  version(pkg: string): string | undefined {
    return this.#sdk(pkg)?.version;
  }

  /** The highest version of all installed SDKs: what a server that serves them all may claim to be. */
  highestVersion(): string {
    const numbers = (version: string): number[] => version.split(/[.+-]/).slice(0, 3).map(Number);
    let highest = "0.0.0";
    for (const name of readdirSync(join(this.#modules, "@pulumi"))) {
      const version = this.version(name) ?? "0.0.0";
      const difference = numbers(version)
        .map((number, i) => number - (numbers(highest)[i] ?? 0))
        .find((each) => each !== 0);
      if ((difference ?? 0) > 0) highest = version;
    }
    return highest;
  }

  /** undefined for types that no installed SDK declares (custom resources, unknown packages). */
  resource(token: string): ResourceDeclaration | undefined {
    if (this.#resources.has(token)) return this.#resources.get(token);
    const found = this.#find(token, (source, place) => readResource(source, token, place.name), "resources");
    this.#resources.set(token, found);
    return found;
  }

  invoke(token: string): InvokeDeclaration | undefined {
    if (this.#invokes.has(token)) return this.#invokes.get(token);
    const found = this.#find(token, (source, place) => readInvoke(source, token, place.name), "invokes");
    this.#invokes.set(token, found);
    return found;
  }

  /** The members that a shape declares: of an object, or of the interface it names. */
  members(pkg: string, shape: Shape): Members {
    if (shape.kind === "object") return shape.members;
    if (shape.kind !== "ref") return {};
    // A component's output that is a resource of another package: a plain object with that resource's outputs serves programs as well.
    if (shape.name.startsWith("@")) return { id: { shape: { kind: "text" }, optional: false }, ...this.resource(shape.name.slice(1))?.outputs };
    return this.#sdk(pkg)?.[shape.side].members(shape.name) ?? {};
  }

  #find<T>(token: string, read: (source: string, place: TokenPlace) => T | undefined, kind: string): T | undefined {
    const sdk = this.#sdk(token.split(":")[0] ?? "");
    if (sdk === undefined) return undefined;
    const found = sdk.cache.remember<T | null>(`${kind}/${token}`, () => {
      for (const place of placesOf(token)) {
        const file = join(sdk.dir, `${place.file}.d.ts`);
        const declaration = existsSync(file) ? read(readFileSync(file, "utf8"), place) : undefined;
        if (declaration !== undefined) return declaration;
      }
      return null;
    });
    return found ?? undefined;
  }

  #sdk(pkg: string): Sdk | undefined {
    if (this.#sdks.has(pkg)) return this.#sdks.get(pkg);
    const sdk = this.#load(pkg);
    this.#sdks.set(pkg, sdk);
    return sdk;
  }

  #load(pkg: string): Sdk | undefined {
    if (!/^[\w-]+$/.test(pkg)) return undefined;
    const dir = join(this.#modules, "@pulumi", pkg);
    try {
      const { version } = JSON.parse(readFileSync(join(dir, "package.json"), "utf8")) as { version: string };
      const cache = new DeclarationCache(this.#cacheDir === undefined ? undefined : join(this.#cacheDir, `${pkg}@${version}-${cacheForm}`));
      return { dir, version, cache, input: new NestedTypes(dir, "input", cache), output: new NestedTypes(dir, "output", cache) };
    } catch {
      return undefined;
    }
  }
}
