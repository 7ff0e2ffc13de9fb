import { z } from "zod";
import { durationMs } from "./syntax.ts";

/** A text that a check of syntax.ts finds nothing wrong with. */
export function checked(fault: (text: string) => string | undefined) {
  return z.string().superRefine((text, context) => {
    const message = fault(text);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  });
}

export const duration = checked((text) => (durationMs(text) === undefined ? `"${text}" is no duration such as 30s, 10m or 9h` : undefined));
export const argv = z.tuple([z.string().min(1)], z.string());
export const variable = checked((text) =>
  /^[A-Z][A-Z0-9_]{0,99}$/.test(text) ? undefined : `"${text}" is no name of a variable: capitals, digits and underscores`,
);

export function exactlyOne(keys: readonly string[]) {
  return (value: object, context: z.RefinementCtx): void => {
    const present = keys.filter((key) => Object.hasOwn(value, key));
    if (present.length !== 1) context.addIssue({ code: "custom", message: `must have exactly one of ${keys.join(", ")}` });
  };
}
