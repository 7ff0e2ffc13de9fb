import { createRequire } from "node:module";

const prefix = "trueup-lazy:";

/**
 * Two packages make up 60 % of the time to load the SDK and are used only when a closure is serialised: the SDK gets a stand-in
 * that loads the real one at its first use.
 */
const heavy = new Set(["typescript", "@npmcli/arborist"]);

/** The url of the stand-in, where the SDK itself asks for one of the heavy packages. */
export function lazyTarget(specifier: string, parent: string | undefined): string | undefined {
  if (!heavy.has(specifier) || parent?.includes("/node_modules/@pulumi/pulumi/") !== true) return undefined;
  try {
    // A package that is not there must fail where it is asked for: the SDK has an answer to that.
    const real = createRequire(parent).resolve(specifier);
    return `${prefix}${encodeURIComponent(real)}`;
  } catch {
    return undefined;
  }
}

/** The stand-in's source, or undefined for any other url. */
export function lazyModule(url: string): string | undefined {
  if (!url.startsWith(prefix)) return undefined;
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
