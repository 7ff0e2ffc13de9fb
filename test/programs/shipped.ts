import { createRequire } from "node:module";
import { runInNewContext } from "node:vm";
import { z } from "zod";

const code = z.object({ inputs: z.object({ code: z.object({ assets: z.object({ "__index.js": z.object({ text: z.string() }) }) }) }) });
const state = z.object({ deployment: z.object({ resources: z.array(z.looseObject({ urn: z.string() })) }) });

/** Calls a function that a program sent to the cloud, from the text that its state holds, as the cloud would. Answers its result and what it printed. */
export async function callShipped(
  deployment: string,
  name: string,
  message: unknown,
): Promise<{ readonly result: unknown; readonly printed: readonly string[] }> {
  const found = state.parse(JSON.parse(deployment)).deployment.resources.find(({ urn }) => urn.endsWith(`aws:lambda/function:Function::${name}`));
  const text = code.parse(found).inputs.code.assets["__index.js"].text;
  const printed: string[] = [];
  const exports: { handler?: (message: unknown) => Promise<unknown> } = {};
  runInNewContext(text, {
    exports,
    require: createRequire(import.meta.url),
    console: { log: (line: unknown) => printed.push(String(line)) },
    decodeURIComponent,
  });
  return { result: await exports.handler?.(message), printed };
}
