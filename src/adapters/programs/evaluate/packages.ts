import { registerHooks } from "node:module";

/**
 * Loaded before the evaluator itself: the one package it uses, under the address that its parent found. Looking for it from here would need read
 * access to every folder and link on the way, and a permitted link is a permitted folder with all that is behind it.
 */
const [zod = ""] = process.argv.splice(2);

registerHooks({
  resolve: (specifier, context, next) => (specifier === "zod" ? { url: zod, shortCircuit: true } : next(specifier, context)),
});
