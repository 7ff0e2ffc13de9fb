import { fileURLToPath } from "node:url";

const prefix = "trueup-lazy:";

/**
 * Two packages make up 60 % of the time to load the SDK and are used only when a closure is serialised: the SDK gets a stand-in
 * that loads the real one at its first use.
 */
const heavy = new Set(["typescript", "@npmcli/arborist"]);

/** ts-node would install itself over the compile hook; what the SDK asks of it is done already. */
const replaced = new Map([["ts-node", "exports.VERSION = '10.0.0'; exports.register = () => undefined;"]]);

/**
 * The url of the stand-in, where the SDK itself asks for a package that has one. `resolve` finds the real one; what it throws is passed on,
 * because a package that is not there must fail where it is asked for: the SDK has an answer to that.
 */
export function lazyTarget(specifier: string, parent: string | undefined, resolve: () => string): string | undefined {
  if (parent?.includes("/node_modules/@pulumi/pulumi/") !== true) return undefined;
  if (replaced.has(specifier)) return `${prefix}${specifier}`;
  return heavy.has(specifier) ? `${prefix}${encodeURIComponent(fileURLToPath(resolve()))}` : undefined;
}

/** The stand-in's source, or undefined for any other url. */
export function lazyModule(url: string): string | undefined {
  if (!url.startsWith(prefix)) return undefined;
  const instead = replaced.get(url.slice(prefix.length));
  if (instead !== undefined) return instead;
  const real = JSON.stringify(decodeURIComponent(url.slice(prefix.length)));
  // __esModule keeps TypeScript's import helpers from copying every property, which would load the package at once.
  return `const { createRequire } = require("node:module");
let real;
const load = () => (real ??= createRequire(${real})(${real}));
module.exports = new Proxy({}, {
  get: (_, name) => (name === "__esModule" ? true : load()[name]),
  has: (_, name) => name in load(),
  ownKeys: () => Reflect.ownKeys(load()),
  getOwnPropertyDescriptor: (_, name) => { const d = Reflect.getOwnPropertyDescriptor(load(), name); return d && { ...d, configurable: true }; },
});
`;
}
